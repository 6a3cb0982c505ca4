#!/bin/bash
#SBATCH --job-name=nightshift
#SBATCH --output=nightshift-%A_%a.log
#SBATCH --open-mode=append
#SBATCH --cpus-per-task=2
# One shard. Memory and workers follow what Slurm grants. A task that ends with 5 (transient), 6 (budget) or 137 (killed) is queued again,
# alone, and resumes; 2 and 3 need a person.
job=$1 date=$2 shards=$3

budget=()
if [ -n "${SLURM_MEM_PER_NODE:-}" ] && [ "$SLURM_MEM_PER_NODE" -gt 0 ]; then budget=(--memory "${SLURM_MEM_PER_NODE}MiB"); fi

nightshift run "$job" --date "$date" --shard "auto/$shards" --workers "${SLURM_CPUS_PER_TASK:-1}" "${budget[@]}" &
child=$!
# scancel and time limits send TERM to this script: the run ends cleanly and its rerun resumes.
trap 'kill -TERM "$child"' TERM
wait "$child"
code=$?
while kill -0 "$child" 2> /dev/null; do wait "$child"; code=$?; done

case $code in
  5 | 6 | 137)
    if [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"; fi
    ;;
esac
exit "$code"
