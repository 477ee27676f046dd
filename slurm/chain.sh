#!/bin/bash
# Jobs one after the other, each only if the one before succeeded; prints their ids.  Each argument is one call of sbatch.
#   slurm/chain.sh "slurm/one-node.sbatch bin/tpch_import raw tpch" "slurm/many-nodes.sbatch bin/tpch tpch"
set -euo pipefail

after=()
for call in "$@"; do
    read -ra words <<<"$call"
    id=$(sbatch --parsable --kill-on-invalid-dep=yes "${after[@]}" "${words[@]}")
    after=("--dependency=afterok:${id%%;*}")
    echo "${id%%;*}"
done
