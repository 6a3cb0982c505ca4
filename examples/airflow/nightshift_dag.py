"""Scores a job in mapped shards and finishes it (Airflow 3).

`plan` pins the inputs and lists the shards that have work, `score` runs each of them, `finish` judges the whole and writes `_SUCCESS`.
Exit 99 (no input) skips, 2 and 3 (job, model or data are at fault) fail without a retry, everything else is retried: a rerun resumes.
To run one shard again, clear its mapped task: what is published stays.
"""

import json
import os
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import Asset, dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

NIGHTSHIFT = os.environ.get("NIGHTSHIFT", "nightshift")
JOB = os.environ.get("NIGHTSHIFT_JOB", "/opt/nightshift/jobs/flight-delay.yaml")
SCHEDULE = os.environ.get("NIGHTSHIFT_SCHEDULE")
# At most 1024 (core.max_map_length).
SHARDS = int(os.environ.get("NIGHTSHIFT_SHARDS", "4"))

scored_flights = Asset("nightshift://flight-delay")


def nightshift(*args: str) -> dict:
    """Runs the program; its log goes to the task's, its last line of stdout is the result."""
    with subprocess.Popen([NIGHTSHIFT, *args], stdout=subprocess.PIPE, text=True) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            # The task is being stopped: so is the run, cleanly.
            process.terminate()
            process.wait()
            raise
    lines = output.splitlines()
    report = json.loads(lines[-1]) if lines else {}
    said = (report.get("error") or {}).get("message") or report.get("reason") or f"exit code {process.returncode}"
    if process.returncode == 0:
        return report
    if process.returncode == 99:
        raise AirflowSkipException(said)
    if process.returncode in (2, 3):
        raise AirflowFailException(said)
    raise AirflowException(said)


@dag(
    schedule=SCHEDULE,
    start_date=datetime(2013, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={"date": ""},
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
)
def nightshift_flights():
    # A backfill or a manual run may name the date; a scheduled run scores its own.
    date = "{{ params.date or ds }}"

    @task
    def plan(date: str) -> list[str]:
        planned = nightshift("plan", JOB, "--date", date, "--save", "--shards", str(SHARDS))
        return [shard["shard"] for shard in planned["shards"]]

    @task(map_index_template="{{ task.op_kwargs['shard'] }}")
    def score(shard: str, date: str) -> dict:
        return nightshift("run", JOB, "--date", date, "--shard", shard)["partitions"]

    @task(trigger_rule="none_failed", outlets=[scored_flights])
    def finish(date: str) -> str:
        report = nightshift("finish", JOB, "--date", date)
        return report["verdict"]

    score.partial(date=date).expand(shard=plan(date)) >> finish(date)


nightshift_flights()
