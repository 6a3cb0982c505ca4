"""Rows/s of Python's onnxruntime on the sample models: one thread, the inputs in memory as it wants them: medians in processor
time, for a few batch sizes.

Reads one JSON line of columns from standard input, prints one JSON line: rows/s by batch size. Run by bench/models.ts.
"""
import json
import statistics
import sys
import time

import numpy as np
import onnxruntime as ort


def main():
    asked = json.loads(sys.stdin.readline())
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(asked["model"], options, providers=["CPUExecutionProvider"])
    kinds = {"tensor(float)": np.float32, "tensor(string)": object}
    feeds = {}
    for info in session.get_inputs():
        kind = kinds[info.type]
        cells = [float("nan") if cell is None and kind is np.float32 else cell for cell in asked["columns"][info.name]]
        width = info.shape[1]
        feeds[info.name] = np.array(cells, dtype=kind).reshape(-1, width)
    rows = len(next(iter(feeds.values())))
    # The probabilities as a matrix: a ZipMap's list of dictionaries would be measured instead of the model.
    outputs = asked["outputs"]
    rates = {}
    for batch in asked["batches"]:
        def score():
            for start in range(0, rows, batch):
                session.run(outputs, {name: values[start : start + batch] for name, values in feeds.items()})

        score()
        seconds = []
        for _ in range(asked["rounds"]):
            began = time.process_time()
            score()
            seconds.append(time.process_time() - began)
        rates[batch] = rows / statistics.median(seconds)
    print(json.dumps(rates))


main()
