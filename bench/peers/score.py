"""Scores the year of flights as a Python expert would, with one of the usual readers and onnxruntime, and prints one line of JSON.

python bench/peers/score.py --engine polars --format csv --model linear --input .cache/bench/flights.csv --out scored.parquet

The file is streamed: a thread reads ahead, one or more threads score small batches, and the chunks are written in the order of the file. Only the columns
that the model needs are read, categories travel as codes, and the ZipMap is cut off the model. Nothing is checked, repaired or
reported: a malformed row ends the run.
"""

import argparse
import json
import queue
import re
import resource
import sys
import threading
import time

START = time.perf_counter()

from collections import deque  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

NUMBERS = ["month", "day", "dep_time", "sched_dep_time", "dep_delay", "sched_arr_time", "distance", "hour", "minute"]
CATEGORIES = ["carrier", "origin", "dest"]
COLUMNS = ["flight_id", *NUMBERS, *CATEGORIES]
MODELS = Path(__file__).resolve().parents[2] / "data-samples/models"

# Readers: each gives chunks (keys, nine float32 arrays with NaN for missing, three arrays of places in the categories with -1 for unknown).


def read_polars(path, format, rows, categories):
    import polars as pl

    enums = {name: pl.Enum(categories[name]) for name in CATEGORIES}
    if format == "csv":
        types = {"flight_id": pl.Int64} | dict.fromkeys(NUMBERS, pl.Float32) | dict.fromkeys(CATEGORIES, pl.String)
        frame = pl.scan_csv(path, schema_overrides=types)
    else:
        frame = pl.scan_parquet(path)
    frame = frame.select(
        pl.col("flight_id"),
        pl.col(NUMBERS).cast(pl.Float32),
        *(pl.col(name).cast(enums[name], strict=False).to_physical().cast(pl.Int32).fill_null(-1) for name in CATEGORIES),
    )
    for batch in frame.collect_batches(chunk_size=rows, maintain_order=True):
        yield (
            batch["flight_id"].to_numpy(),
            [batch[name].to_numpy() for name in NUMBERS],
            [batch[name].to_numpy() for name in CATEGORIES],
        )


def from_arrow(batch, categories):
    """A record batch whose category columns are dictionaries of its own."""
    import pyarrow as pa

    codes = []
    for name in CATEGORIES:
        column = batch.column(name)
        place_of = {value: place for place, value in enumerate(categories[name])}
        places = np.array([*(place_of.get(value, -1) for value in column.dictionary.to_pylist()), -1], dtype=np.int32)
        codes.append(places[column.indices.fill_null(len(places) - 1).to_numpy()])
    numbers = [batch.column(name).cast(pa.float32(), safe=False).to_numpy(zero_copy_only=False) for name in NUMBERS]
    return batch.column("flight_id").to_numpy(), numbers, codes


def read_pyarrow(path, format, rows, categories):
    import pyarrow as pa
    from pyarrow import csv, parquet

    if format == "csv":
        words = pa.dictionary(pa.int32(), pa.string())
        types = {"flight_id": pa.int64()} | dict.fromkeys(NUMBERS, pa.float32()) | dict.fromkeys(CATEGORIES, words)
        batches = csv.open_csv(
            path,
            csv.ReadOptions(block_size=rows * 100),
            convert_options=csv.ConvertOptions(include_columns=COLUMNS, column_types=types),
        )
    else:
        file = parquet.ParquetFile(path, read_dictionary=CATEGORIES)
        batches = file.iter_batches(batch_size=rows, columns=COLUMNS)
    for batch in batches:
        yield from_arrow(batch, categories)


def read_pandas(path, format, rows, categories):
    import pandas as pd

    def arrays(frame):
        numbers = [frame[name].to_numpy(dtype=np.float32) for name in NUMBERS]
        codes = [frame[name].cat.codes.to_numpy(dtype=np.int32) for name in CATEGORIES]
        return frame["flight_id"].to_numpy(), numbers, codes

    words = {name: pd.CategoricalDtype(categories[name]) for name in CATEGORIES}
    if format == "csv":
        types = {"flight_id": np.int64} | dict.fromkeys(NUMBERS, np.float32) | words
        for frame in pd.read_csv(path, usecols=COLUMNS, dtype=types, chunksize=rows):
            yield arrays(frame)
    else:
        from pyarrow import parquet

        file = parquet.ParquetFile(path, read_dictionary=CATEGORIES)
        for batch in file.iter_batches(batch_size=rows, columns=COLUMNS):
            frame = batch.to_pandas()
            for name in CATEGORIES:
                # Not astype: to pandas, unordered categories in another order are the same type, and keep their codes.
                frame[name] = frame[name].cat.set_categories(categories[name])
            yield arrays(frame)


def read_duckdb(path, format, rows, categories):
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads = 2")
    codes = []
    for name in CATEGORIES:
        values = ", ".join(f"'{value}'" for value in categories[name])
        connection.execute(f"create type {name}_values as enum ({values})")
        codes.append(f"coalesce(enum_code(try_cast({name} as {name}_values)), -1)::integer as {name}")
    numbers = [f"{name}::float as {name}" for name in NUMBERS]
    source = f"read_{format}('{path}')"
    query = f"select flight_id, {', '.join(numbers + codes)} from {source}"
    for batch in connection.sql(query).to_arrow_reader(rows):
        yield (
            batch.column("flight_id").to_numpy(),
            [batch.column(name).to_numpy(zero_copy_only=False) for name in NUMBERS],
            [batch.column(name).to_numpy() for name in CATEGORIES],
        )


READERS = {"polars": read_polars, "pyarrow": read_pyarrow, "pandas": read_pandas, "duckdb": read_duckdb}


def read_ahead(chunks, depth=2):
    """The same chunks, read by a thread of their own, at most `depth` ahead."""
    ready = queue.Queue(depth)

    def fill():
        try:
            for chunk in chunks:
                ready.put(chunk)
            ready.put(None)
        except BaseException as error:
            ready.put(error)

    threading.Thread(target=fill, daemon=True).start()
    while (chunk := ready.get()) is not None:
        if isinstance(chunk, BaseException):
            raise chunk
        yield chunk


def known_categories():
    """The category lists of the sample job, in the order that all models were trained with."""
    text = (Path(__file__).resolve().parents[2] / "jobs/flight-delay-trees.yaml").read_text()
    lists = {name: re.search(rf"^  {name}:.*?categories:\s*\[(.*?)\]", text, re.S | re.M)[1] for name in CATEGORIES}
    return {name: [value.strip().strip('"') for value in values.split(",") if value.strip()] for name, values in lists.items()}


def open_session(model, threads):
    import onnx
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    graph = onnx.load(MODELS / ("flight-delay.onnx" if model == "linear" else "flight-delay-trees.onnx"))
    if model == "linear":
        zipmap = graph.graph.node.pop()
        outputs = graph.graph.output
        outputs.pop()
        outputs.append(onnx.helper.make_tensor_value_info(zipmap.input[0], onnx.TensorProto.FLOAT, [None, 2]))
    return ort.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])


class NativeModel:
    """The file of LightGBM or XGBoost with the trainer's own predict, or that of treelite; called like a session of onnxruntime."""

    def __init__(self, predict, path, threads):
        self.threads = threads
        if predict == "lightgbm":
            import lightgbm

            booster = lightgbm.Booster(model_file=path)
            self.predict = lambda matrix: booster.predict(matrix, num_threads=threads)
        elif predict == "xgboost":
            import xgboost

            booster = xgboost.Booster(model_file=path)
            booster.set_param({"nthread": threads})
            self.predict = booster.inplace_predict
        else:
            import treelite

            load = treelite.frontend.load_lightgbm_model if path.endswith(".txt") else treelite.frontend.load_xgboost_model
            model = load(path)
            self.predict = lambda matrix: treelite.gtil.predict(model, matrix, nthread=threads).reshape(-1)

    def run(self, _outputs, feeds):
        late = self.predict(feeds["features"])
        return late > 0.5, np.stack([late, late], axis=1)


def feeds_linear(categories):
    """One tensor per column. Strings of fixed width: onnxruntime takes them at more than twice the speed of Python objects."""
    words = [np.array([*categories[name], "?"]) for name in CATEGORIES]

    def feeds(numbers, codes, start, end):
        fed = {name: column[start:end].reshape(-1, 1) for name, column in zip(NUMBERS, numbers)}
        for name, values, places in zip(CATEGORIES, words, codes):
            fed[name] = values[places[start:end]].reshape(-1, 1)
        return fed

    return feeds


def feeds_trees(_categories):
    def feeds(numbers, codes, start, end):
        matrix = np.empty((end - start, len(NUMBERS) + len(CATEGORIES)), dtype=np.float32)
        for place, column in enumerate([*numbers, *codes]):
            matrix[:, place] = column[start:end]
        unknown = matrix[:, len(NUMBERS) :]
        unknown[unknown < 0] = np.nan
        return {"features": matrix}

    return feeds


def score_chunk(session, feeds, batch, chunk):
    keys, numbers, codes = chunk
    rows = len(keys)
    labels = np.empty(rows, dtype=np.int64)
    probabilities = np.empty(rows, dtype=np.float32)
    for start in range(0, rows, batch):
        end = min(start + batch, rows)
        label, probability = session.run(None, feeds(numbers, codes, start, end))
        labels[start:end] = label
        probabilities[start:end] = probability[:, 1]
    return keys, labels, probabilities


def in_order(pool, work, chunks, depth):
    """Results in the order of the chunks, with at most `depth` of them in flight."""
    waiting = deque()
    for chunk in chunks:
        waiting.append(pool.submit(work, chunk))
        if len(waiting) >= depth:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


# Rows per batch, scoring threads, threads inside onnxruntime: the best of those tried on two cores.
TUNED = {"linear": (2_048, 1, 1), "trees": (8_192, 2, 1), "lightgbm": (8_192, 2, 1), "xgboost": (65_536, 2, 1), "treelite": (65_536, 2, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=READERS, required=True)
    parser.add_argument("--format", choices=["csv", "parquet"], required=True)
    parser.add_argument("--model", choices=["linear", "trees"], required=True)
    parser.add_argument("--predict", choices=["onnxruntime", "lightgbm", "xgboost", "treelite"], default="onnxruntime")
    parser.add_argument("--native", help="the trainer's file, for any but onnxruntime")
    parser.add_argument("--input", help="default: .cache/bench/flights.FORMAT")
    parser.add_argument("--out", required=True)
    parser.add_argument("--batch", type=int, help="rows per run of the model")
    parser.add_argument("--chunk", type=int, default=65_536, help="rows per chunk that is read")
    parser.add_argument("--scorers", type=int, help="threads that score")
    parser.add_argument("--intra", type=int, help="threads inside onnxruntime")
    options = parser.parse_args()
    batch, scorers, intra = (
        given or tuned for given, tuned in zip((options.batch, options.scorers, options.intra), TUNED[options.predict if options.native else options.model])
    )

    import pyarrow as pa
    from pyarrow import csv, parquet

    categories = known_categories()
    session = open_session(options.model, intra) if options.native is None else NativeModel(options.predict, options.native, intra)
    feeds = (feeds_linear if options.model == "linear" else feeds_trees)(categories)
    path = options.input or f".cache/bench/flights.{options.format}"
    chunks = read_ahead(READERS[options.engine](path, options.format, options.chunk, categories))

    rows = 0
    schema = pa.schema([("flight_id", pa.int64()), ("label", pa.int64()), ("probability", pa.float32())])
    with (
        ThreadPoolExecutor(scorers) as pool,
        csv.CSVWriter(options.out, schema)
        if options.out.endswith(".csv")
        else parquet.ParquetWriter(options.out, schema, use_dictionary=["label"]) as writer,
    ):
        for scored in in_order(pool, lambda chunk: score_chunk(session, feeds, batch, chunk), chunks, scorers + 1):
            rows += len(scored[0])
            writer.write_batch(pa.record_batch([pa.array(column) for column in scored], schema=schema))

    seconds = time.perf_counter() - START
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    line = {
        "engine": options.engine,
        "format": options.format,
        "model": options.model,
        "predict": options.predict,
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_s": round(rows / seconds),
        "cpu_seconds": round(time.process_time(), 2),
        "peak_rss_mb": round(peak),
        "batch": batch,
        "scorers": scorers,
        "intra": intra,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
