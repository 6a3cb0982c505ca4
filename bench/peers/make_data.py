"""Writes the year of flights ten times over, 3,367,760 rows, as flights.csv, flights.parquet and flights.arrow.

python bench/peers/make_data.py --out .cache/bench [--times 10]
"""

import argparse
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "data-samples/train"))
from flights import CATEGORIES, csv_lines, load_year, to_table  # noqa: E402

ROWS_PER_GROUP = 131_072
ROWS_PER_BATCH = 65_536


def write_csv(path, year, times):
    header, *lines = csv_lines(year)
    rests = [line[line.index(",") :] for line in lines]
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(header + "\n")
        for time in range(times):
            first = time * len(rests) + 1
            file.writelines(f"{key}{rest}\n" for key, rest in enumerate(rests, first))


def repeated(table, times):
    """The table `times` over, one at a time, with keys that go on counting."""
    for time in range(times):
        keys = pa.array(range(time * len(table) + 1, (time + 1) * len(table) + 1), pa.int64())
        yield table.set_column(0, "flight_id", keys)


def write_parquet(path, table, times):
    with pq.ParquetWriter(path, table.schema, compression="snappy") as writer:
        for piece in repeated(table, times):
            writer.write_table(piece, row_group_size=ROWS_PER_GROUP)


def write_arrow(path, table, times):
    for name in CATEGORIES:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table.column(name).dictionary_encode())
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        for piece in repeated(table, times):
            writer.write_table(piece.combine_chunks(), max_chunksize=ROWS_PER_BATCH)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    year = load_year()
    table = to_table(year).replace_schema_metadata(None)
    write_csv(options.out / "flights.csv", year, options.times)
    write_parquet(options.out / "flights.parquet", table, options.times)
    write_arrow(options.out / "flights.arrow", table, options.times)
    for path in sorted(options.out.glob("flights.*")):
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB, {len(table) * options.times} rows")


if __name__ == "__main__":
    main()
