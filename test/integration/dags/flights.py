"""Calls the program as the example's DAG does: for dates that are mapped, and for one date by two tasks at once."""

from datetime import timedelta

from airflow.sdk import dag, task
from nightshift_dag import nightshift


@task(retries=1, retry_delay=timedelta(seconds=1))
def score(job: str, date: str) -> dict:
    return nightshift("run", job, "--date", date)["partitions"]


@dag(schedule=None, params={"job": ""})
def flights_by_date():
    score.partial(job="{{ params.job }}").expand(date=["2013-01-02", "2013-01-03", "2013-01-04", "2013-01-05"])


@dag(schedule=None, params={"job": ""})
def flights_twice():
    score.override(retries=0).partial(job="{{ params.job }}").expand(date=["2013-01-01", "2013-01-01"])


flights_by_date()
flights_twice()
