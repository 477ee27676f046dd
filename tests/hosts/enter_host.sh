#!/usr/bin/env bash
# enter_host.sh -- what mpirun calls instead of ssh: enter_host.sh [-OPTION...] HOST COMMAND..., in the cluster of slurm/local-cluster.sh.
set -euo pipefail

while [[ $1 == -* ]]; do
    shift
done
host=$1
shift
exec "$(dirname "$0")/../../slurm/local-cluster.sh" on "$host" sh -c "$*"
