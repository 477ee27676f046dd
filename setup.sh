#!/usr/bin/env bash
# setup.sh -- from a bare Debian 12 to a result: install packages, build the release, run the main job.
#
#   ./setup.sh                  install (when root), build, run build/release/bin/flights
#   ./setup.sh --packages-only  install what a build needs, no more
#   ./setup.sh --test-packages  install what a build and the tests need, no more
set -euo pipefail
cd "$(dirname "$0")"

build_packages=(
    gcc libc6-dev cmake ninja-build ccache pkg-config
    libopenmpi-dev openmpi-bin libhdf5-dev
    libpg-query-dev libprotobuf-c-dev
    libxxhash-dev libzstd-dev liblz4-dev libdeflate-dev libutf8proc-dev libpcre2-dev libjansson-dev libedit-dev zlib1g-dev
    libblosc-dev libbz2-dev libicu-dev
)
test_packages=(
    libcmocka-dev clang clang-format shellcheck hdf5-tools procps xz-utils gfortran
    chromium nodejs npm
    python3 python3-numpy python3-h5py python3-tables python3-pyflakes
    munge slurmctld slurmd slurm-client iproute2 util-linux
)

usage() {
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit "$1"
}

wanted=("${build_packages[@]}")
build=yes
for option in "$@"; do
    case $option in
    --packages-only) build=no ;;
    --test-packages)
        build=no
        wanted+=("${test_packages[@]}")
        ;;
    -h | --help) usage 0 ;;
    *) usage 2 >&2 ;;
    esac
done

missing_packages() {
    local package
    for package in "${wanted[@]}"; do
        case $package in # other packagings of Node.js bring npm along, and conflict with Debian's
        nodejs | npm) command -v "${package%js}" >/dev/null && continue ;;
        esac
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s\n' "$package"
    done
}

# What a build looks for, where no package manager can be asked.
missing_parts() {
    local part
    for part in cmake ninja pkg-config mpicc; do
        command -v "$part" >/dev/null || printf '%s\n' "$part"
    done
    command -v pkg-config >/dev/null || return 0
    for part in libxxhash libzstd liblz4 libdeflate libutf8proc libpcre2-8 jansson blosc icu-i18n; do
        pkg-config --exists "$part" || printf '%s\n' "$part"
    done
}

install_packages() {
    local missing
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        missing=$(missing_parts)
        [ -z "$missing" ] && return
        printf 'This is not a Debian system.  Load modules or install by Spack or conda, then run this again:\n%s\n' "$missing" >&2
        exit 1
    fi
    missing=$(missing_packages)
    [ -z "$missing" ] && return
    if [ "$(id -u)" -ne 0 ]; then
        printf 'Packages are missing, and only root can install them.  Ask for\n    sudo apt-get install -y %s\n' "${missing//$'\n'/ }" >&2
        printf 'or, on a cluster, load modules for CMake, Ninja, MPI and HDF5; see "Without root" in README.md.\n' >&2
        [ -z "$(missing_parts)" ] || exit 1
        printf 'Trying to build with what is here.\n' >&2
        return
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    keep_services_down
    # shellcheck disable=SC2086 # one word a package
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# Daemons among the packages (Slurm's, for the tests) are installed, not started: the tests start their own.
keep_services_down() {
    local policy=/usr/sbin/policy-rc.d
    [ ! -e "$policy" ] || return 0
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

install_packages
[ "$build" = yes ] || exit 0

cmake --preset release -D BRASA_BUILD_TESTS=OFF >/dev/null
cmake --build --preset release --target programs
if [ -x build/release/bin/flights ]; then
    echo
    echo "\$ build/release/bin/flights"
    build/release/bin/flights
fi
