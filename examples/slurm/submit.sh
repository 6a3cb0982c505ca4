#!/bin/bash
# Scores a job in array tasks, then finishes it: submit.sh JOB DATE [SHARDS]. Prints the ids of the array and of the job that finishes it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
job=$(realpath "$1") date=$2 shards=${3:-8}

# Pins the inputs, so that every task computes the same shares. Ends with 99 if there is no input: nothing is submitted.
nightshift plan "$job" --date "$date" --save > /dev/null

# Tasks are numbered from 0. The total is passed on, because SLURM_ARRAY_TASK_COUNT counts the tasks of one submission:
# a single task that is submitted again (--array=2) would see 1.
array=$(sbatch --parsable --array="0-$((shards - 1))" --requeue "$here/score.sh" "$job" "$date" "$shards")

# afterany: if a task failed, finish ends with 5 and names what is missing. After the task is run again, run finish again.
finish=$(sbatch --parsable --dependency="afterany:$array" "$here/finish.sh" "$job" "$date")
echo "$array $finish"
