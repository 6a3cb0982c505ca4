"""The same work as bench/shapes.ts in polars and onnxruntime: tables of floats with carried columns, or a loop over small files of flights.

python bench/peers/shapes.py --input FOLDER --out FOLDER                 # every CSV file in a folder, one Parquet file each
python bench/peers/shapes.py --input TABLE --out scored.parquet --model M --features 500 --carry id,code
"""

import argparse
from pathlib import Path

import score

BATCH = 2_048


def score_files(folder, out):
    import pyarrow as pa
    from pyarrow import parquet

    categories = score.known_categories()
    session = score.open_session("linear", 1)
    feeds = score.feeds_linear(categories)
    out.mkdir(exist_ok=True)
    for path in sorted(folder.glob("*.csv")):
        scored = [
            score.score_chunk(session, feeds, BATCH, chunk) for chunk in score.read_polars(path, "csv", 65_536, categories)
        ]
        names = ["flight_id", "label", "probability"]
        tables = [pa.table(list(columns), names=names) for columns in scored]
        parquet.write_table(pa.concat_tables(tables), out / f"{path.stem}.parquet")


def score_table(path, out, model, features, carried):
    import numpy as np
    import onnxruntime as ort
    import polars as pl
    import pyarrow as pa
    from pyarrow import parquet

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [f"f{i}" for i in range(features)]
    texts = {name: pl.Int64 if name == "id" else pl.String for name in carried}
    if path.suffix == ".csv":
        frame = pl.scan_csv(path, schema_overrides=texts | dict.fromkeys(names, pl.Float32))
    else:
        frame = pl.scan_parquet(path)
    rows = max(BATCH, 1_000_000 // features)
    batches = frame.select(*carried, *names).collect_batches(chunk_size=rows, maintain_order=True)
    writer = None
    for batch in score.read_ahead(batches):
        matrix = batch.select(names).to_numpy().astype(np.float32, order="C", copy=False)
        parts = [session.run(None, {"x": matrix[at : at + BATCH]})[0] for at in range(0, len(matrix), BATCH)]
        columns = {name: batch[name].to_arrow() for name in carried}
        table = pa.table(columns | {"score": np.concatenate(parts).reshape(-1)})
        writer = writer or parquet.ParquetWriter(out, table.schema)
        writer.write_table(table)
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--features", type=int, default=0)
    parser.add_argument("--carry", default="")
    options = parser.parse_args()
    if options.input.is_dir():
        score_files(options.input, options.out)
    else:
        carried = [name for name in options.carry.split(",") if name]
        score_table(options.input, options.out, options.model, options.features, carried)


if __name__ == "__main__":
    main()
