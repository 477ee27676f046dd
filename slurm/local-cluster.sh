#!/usr/bin/env bash
# local-cluster.sh -- a cluster of several "hosts" on this machine, with Slurm, for trying batch scripts and for the tests.
#
#   local-cluster.sh run COMMAND...       start a cluster, run the command on its login node, end the cluster
#   local-cluster.sh start | stop         start one that stays; end it
#   local-cluster.sh enter COMMAND...     run a command in it: sbatch, squeue, a shell
#   local-cluster.sh on NODE COMMAND...   run a command on a node
#   local-cluster.sh unplug|plug NODE     take a node's network link down, and up again
#   local-cluster.sh lose NODE            kill all that runs on a node, its network first, as a power cut does
#   local-cluster.sh check                say whether this machine can do it: status 0, or 77 and why not
#
# `on`, `unplug`, `plug` and `lose` are for commands inside of `run` or `enter`.
#
# Environment: CLUSTER_NODES (3), CLUSTER_CPUS per node (4), CLUSTER_MEMORY per node in MiB (2000), CLUSTER_SLURM (yes; no: only
# hosts), CLUSTER_DIR for state and logs (run: a directory that goes with the cluster; else /tmp/brasa-cluster).
#
# Root only.  The cluster lives in namespaces of its own: of processes, so that all of it ends with its first process, whatever
# happens; of networks, so that nobody outside reaches its ports and clusters do not collide; of mounts and host names.  Each node
# has an address on a bridge, a host name and a /dev/shm to itself: ranks on two nodes talk TCP.  There is no accounting daemon:
# `scontrol show job` and `scontrol show step` tell what sacct would.
set -euo pipefail

self=$(readlink -f "${BASH_SOURCE[0]}")
nodes=${CLUSTER_NODES:-3}
cpus=${CLUSTER_CPUS:-4}
memory=${CLUSTER_MEMORY:-2000}
slurm=${CLUSTER_SLURM:-yes}
net=10.79.0
login=$net.254

fail() {
    echo "local-cluster: $*" >&2
    exit 1
}

why_not() {
    local program needed=(ip unshare nsenter setpriv)
    [ "$slurm" = no ] || needed+=(munged slurmctld slurmd sbatch srun scontrol)
    [ "$(id -u)" -eq 0 ] || { echo "a local cluster needs root, for namespaces" && return; }
    for program in "${needed[@]}"; do
        command -v "$program" >/dev/null || { echo "there is no $program here; setup.sh --test-packages installs it" && return; }
    done
    unshare --pid --fork --mount-proc --net --uts --mount \
        sh -c 'ip link add switch type bridge && ip link add port1 type veth peer name port2' >/dev/null 2>&1 ||
        echo "this machine lets root make no namespaces or no bridges in them (a container without the right?)"
}

check() {
    local why
    why=$(why_not)
    [ -z "$why" ] && return
    echo "skipped: $why"
    exit 77
}

write_conf() {
    local i
    cat <<CONF
ClusterName=brasa-local
SlurmctldHost=login($login)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
StateSaveLocation=$dir/ctld
SlurmdSpoolDir=$dir/%n
TmpFS=$dir/%n/tmp
SlurmctldPidFile=$dir/ctld/pid
SlurmdPidFile=$dir/%n/pid
SlurmctldLogFile=$dir/log/slurmctld
SlurmdLogFile=$dir/log/slurmd.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=3
SlurmdTimeout=10
MessageTimeout=10
MinJobAge=600
JobRequeue=1
CONF
    for ((i = 1; i <= nodes; i++)); do
        echo "NodeName=n$i NodeAddr=$net.$i CPUs=$cpus CoresPerSocket=$cpus RealMemory=$memory"
    done
    echo "PartitionName=all Nodes=n[1-$nodes] Default=YES State=UP MaxTime=1-0"
}

prepare() {
    local i
    mkdir -p "$dir"/{log,ctld,munge}
    chmod 755 "$dir" "$dir/munge"
    (umask 077 && head -c 256 /dev/urandom >"$dir/munge/key")
    printf '127.0.0.1 localhost\n%s login\n' "$login" >"$dir/hosts"
    for ((i = 1; i <= nodes; i++)); do
        mkdir -p "$dir/n$i/tmp"
        printf '%s n%d\n' "$net.$i" "$i" >>"$dir/hosts"
    done
    write_conf >"$dir/slurm.conf"
}

# Waits for a file: until PATTERN appears in what COMMAND prints.
await() {
    local want=$1 i
    shift
    for ((i = 0; i < 400; i++)); do
        [ "$("$@" 2>/dev/null || true)" != "$want" ] || return 0
        sleep 0.02
    done
    fail "waited 8 s for '$*' to say $want; see $dir/log"
}

# A node is a process that sleeps in namespaces of its own; others are put beside it.
start_node() {
    local i=$1 pid
    unshare --net --uts --mount bash -c "hostname n$i && ip link set lo up && mount -t tmpfs shm /dev/shm && echo up >$dir/n$i/state && exec sleep infinity" &
    pid=$!
    await up cat "$dir/n$i/state"
    ip link add "port$i" type veth peer name eth0 netns "$pid"
    ip link set "port$i" master switch up
    nsenter --target "$pid" --net ip address add "$net.$i/24" dev eth0
    nsenter --target "$pid" --net ip link set eth0 up
    echo "$pid" >"$dir/n$i/holder"
}

on_node() {
    local node=$1
    shift
    [ -e "$dir/$node/holder" ] || fail "there is no node $node in $dir"
    nsenter --target "$(cat "$dir/$node/holder")" --net --uts --mount --wd="$PWD" -- "$@"
}

start_slurm() {
    local i
    munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
        --seed-file="$dir/munge/seed" --log-file="$dir/log/munged" 2>"$dir/log/munged.start"
    slurmctld -c >"$dir/log/slurmctld.start" 2>&1
    for ((i = 1; i <= nodes; i++)); do
        on_node "n$i" slurmd -N "n$i" >"$dir/log/slurmd.n$i.start" 2>&1
    done
    await "idle/$nodes" sinfo --noheader --format=%T/%D
}

# The first process of the namespaces: all up, then the command, or a wait for ever.
inside() {
    local i
    hostname login
    mount --bind "$dir/hosts" /etc/hosts
    ip link set lo up
    ip link add switch type bridge
    ip address add "$login/24" dev switch
    ip link set switch up
    for ((i = 1; i <= nodes; i++)); do
        start_node "$i"
    done
    [ "$slurm" = no ] || start_slurm
    : >"$dir/ready"
    [ $# -gt 0 ] || exec sleep infinity
    "$@"
}

# In namespaces that end with whoever called: the kernel kills unshare then, and with it their first process and all others.
in_namespaces() {
    export CLUSTER_DIR=$dir SLURM_CONF=$dir/slurm.conf
    setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount-proc --net --uts --mount "$self" inside "$@" <&0 &
    cluster=$!
    trap 'kill -KILL $cluster 2>/dev/null || true' TERM INT HUP
    local status=0
    wait "$cluster" || status=$?
    return "$status"
}

start() {
    [ ! -e "$dir" ] || fail "$dir is there already; stop that cluster first, or set CLUSTER_DIR"
    prepare
    export CLUSTER_DIR=$dir SLURM_CONF=$dir/slurm.conf
    setsid unshare --pid --fork --kill-child --mount-proc --net --uts --mount "$self" inside >"$dir/log/start" 2>&1 </dev/null &
    echo $! >"$dir/unshare.pid"
    until [ -e "$dir/ready" ]; do
        kill -0 "$(cat "$dir/unshare.pid")" 2>/dev/null || fail "it did not start: $(cat "$dir/log/start")"
        sleep 0.05
    done
    echo "$nodes nodes of $cpus cores; now, for instance: $self enter srun -N$nodes hostname"
}

enter() {
    local pid
    [ -f "$dir/unshare.pid" ] || fail "no cluster runs in $dir; start one"
    read -r pid _ <"/proc/$(cat "$dir/unshare.pid")/task/$(cat "$dir/unshare.pid")/children" || fail "the cluster in $dir has ended"
    CLUSTER_DIR=$dir SLURM_CONF=$dir/slurm.conf exec nsenter --target "$pid" --pid --mount --net --uts --wd="$PWD" -- "$@"
}

stop() {
    [ ! -f "$dir/unshare.pid" ] || kill -KILL "$(cat "$dir/unshare.pid")" 2>/dev/null || true
    rm -rf "$dir"
}

lose() {
    local holder uts pid
    holder=$(cat "$dir/$1/holder")
    uts=$(readlink "/proc/$holder/ns/uts")
    ip link set "port${1#n}" down
    for pid in /proc/[0-9]*; do
        if [ "${pid#/proc/}" != "$holder" ] && [ "$(readlink "$pid/ns/uts" 2>/dev/null || true)" = "$uts" ]; then
            kill -KILL "${pid#/proc/}" 2>/dev/null || true
        fi
    done
}

# Does a node answer another?  A refusal is an answer.
reaches() {
    local said status=0
    said=$(nsenter --target "$(cat "$dir/$1/holder")" --net timeout 1 bash -c ": <>/dev/tcp/$net.${2#n}/9" 2>&1) || status=$?
    [ "$status" -ne 124 ] && [[ $said != *"No route"* ]]
}

# Up again, both ways: what the nodes' tables of neighbours learned in between is forgotten.
plug() {
    local i j
    ip link set "port${1#n}" up
    for ((i = 1; i <= nodes; i++)); do
        nsenter --target "$(cat "$dir/n$i/holder")" --net ip neighbour flush all
    done
    for ((i = 1; i <= nodes; i++)); do
        ip -brief link show "port$i" | grep -qw UP || continue # unplugged, too
        for ((j = 0; j < 30; j++)); do
            if reaches "$1" "n$i" && reaches "n$i" "$1"; then break; fi
        done
    done
}

action=${1:-}
[ $# -eq 0 ] || shift
dir=${CLUSTER_DIR:-/tmp/brasa-cluster}
case $action in
check) check ;;
run)
    check
    if [ -z "${CLUSTER_DIR:-}" ]; then
        dir=$(mktemp -d /tmp/brasa-cluster.XXXXXX)
        trap 'rm -rf "$dir"' EXIT
    fi
    prepare
    in_namespaces "$@"
    ;;
start)
    check
    start
    ;;
enter) enter "$@" ;;
on) on_node "$@" ;;
unplug) ip link set "port${1#n}" down ;;
plug) plug "$1" ;;
lose) lose "$1" ;;
stop) stop ;;
inside) inside "$@" ;;
*)
    sed -n '2,/^set -/s/^# \{0,1\}//p' "$self" | sed '$d'
    exit 2
    ;;
esac
