#!/usr/bin/env bash
# test.sh -- all tests: the release build, then the debug build (sanitizers, fault points).
#
#   ./test.sh             both; stops after the first build that fails
#   ./test.sh PRESET ...  these presets only: release, debug, tsan, coverage
#
# Packages are installed first when root can; see setup.sh.
set -euo pipefail
cd "$(dirname "$0")"

./setup.sh --test-packages
[ $# -gt 0 ] || set -- release debug
for preset in "$@"; do
    echo "== $preset"
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset"
    ctest --preset "$preset" -j2 --output-on-failure
done
