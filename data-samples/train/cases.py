"""A case: one small model, the inputs fed to it and the outputs that Python's onnxruntime gave, all in one folder.

models/exporters/<case>/model.onnx  the model as its exporter wrote it (or a folder `model/` in MLflow's layout)
models/exporters/<case>/case.json   {about, exporter, model, inputs, outputs} or {about, exporter, model, refused}

A tensor is {type, dims, data}, row-major, with the type words of the job file; NaN and infinities are strings. A ZipMap output also has
`classes`: its maps laid out as a matrix with one column per class. Floats are the shortest text that reads back as the same value of the type.
"""

import json
import math
import shutil

import numpy as np
import onnx
import onnxruntime as ort

from flights import SAMPLES

CASES = SAMPLES / "models/exporters"
OPSETS = {"": 18, "ai.onnx.ml": 3}
IR_VERSION = 10

TYPE_WORDS = {
    "tensor(float)": ("float32", np.float32),
    "tensor(double)": ("float64", np.float64),
    "tensor(float16)": ("float16", np.float16),
    "tensor(int64)": ("int64", np.int64),
    "tensor(int32)": ("int32", np.int32),
    "tensor(int16)": ("int16", np.int16),
    "tensor(int8)": ("int8", np.int8),
    "tensor(uint8)": ("uint8", np.uint8),
    "tensor(bool)": ("bool", np.bool_),
    "tensor(string)": ("string", object),
}


def json_value(value):
    if isinstance(value, np.floating):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return float(str(value))
    return value.item() if isinstance(value, np.generic) else value


def as_tensor(word, array):
    return {"type": word, "dims": list(array.shape), "data": [json_value(value) for value in array.ravel()]}


def as_output(kind, value):
    if not kind.startswith("seq(map"):
        return as_tensor(TYPE_WORDS[kind][0], np.asarray(value))
    classes = list(value[0])
    matrix = np.array([[row[name] for name in classes] for row in value], dtype=np.float32)
    return {**as_tensor("float32", matrix), "classes": classes}


def run_by_batches(session, feeds, batch):
    """Runs the model as often as its fixed batch axis asks for; the last batch is filled up with the last row, and cut."""
    rows = len(next(iter(feeds.values())))
    pieces = []
    for start in range(0, rows, batch):
        piece = {name: array[start : start + batch] for name, array in feeds.items()}
        short = batch - len(next(iter(piece.values())))
        piece = {name: np.concatenate([array, np.repeat(array[-1:], short, axis=0)]) for name, array in piece.items()}
        pieces.append([output[: batch - short] for output in session.run(None, piece)])
    return [np.concatenate(parts) for parts in zip(*pieces)]


def write_case(name, about, exporter, model, feeds, batch=None, write_model=None):
    """Saves the model, runs it on `feeds` and saves both; `write_model(folder)` may lay it out in its own way and gives its path."""
    folder = empty_folder(name)
    path = (write_model or one_file(model))(folder)
    onnx_file = path / "model.onnx" if path.is_dir() else path
    session = ort.InferenceSession(onnx_file, session_options(), providers=["CPUExecutionProvider"])
    words = {node.name: TYPE_WORDS[node.type] for node in session.get_inputs()}
    feeds = {key: np.asarray(value, dtype=words[key][1]) for key, value in feeds.items()}
    if batch is None:
        fetched = session.run(None, feeds)
    else:
        fetched = run_by_batches(session, feeds, batch)
    outputs = {node.name: as_output(node.type, value) for node, value in zip(session.get_outputs(), fetched)}
    save(folder, {
        "about": about,
        "exporter": exporter,
        "model": path.name,
        "inputs": {key: as_tensor(words[key][0], array) for key, array in feeds.items()},
        "outputs": outputs,
    })


def write_refused(name, about, exporter, model, refused, write_model=None):
    """Saves a model that is to be refused at load, with the reason."""
    folder = empty_folder(name)
    path = (write_model or one_file(model))(folder)
    save(folder, {"about": about, "exporter": exporter, "model": path.name, "refused": refused})


def empty_folder(name):
    folder = CASES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def one_file(model):
    def write(folder):
        onnx.save(model, folder / "model.onnx")
        return folder / "model.onnx"

    return write


def with_external_data(model):
    def write(folder):
        onnx.save(model, folder / "model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
        return folder / "model.onnx"

    return write


def session_options():
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return options


def save(folder, case):
    """One line per tensor, so that a difference can be read."""
    parts = []
    for key, value in case.items():
        if key in ("inputs", "outputs"):
            tensors = ",\n".join(f"    {json.dumps(name)}: {json.dumps(tensor)}" for name, tensor in value.items())
            parts.append(f'  "{key}": {{\n{tensors}\n  }}')
        else:
            parts.append(f'  "{key}": {json.dumps(value, ensure_ascii=False)}')
    (folder / "case.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder.name}: {size} bytes")
    if size > 300_000:
        raise SystemExit(f"{folder.name} is larger than 300 kB")
