"""Cases built by hand with onnx.helper: small networks (seeded weights, never trained) and the odd shapes, types and names that inputs can have."""

import json
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static

from cases import CASES, IR_VERSION, OPSETS, with_external_data, write_case, write_refused

EXPORTER = f"onnx.helper {onnx.__version__}"
SEED = 5
ROWS = 40

FLOAT, INT64, STRING = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING


def rng():
    return np.random.default_rng(SEED)


def model_of(name, nodes, inputs, outputs, weights):
    """Inputs and outputs as {name: (element type, shape)}, weights as {name: array}."""
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(key, kind, shape) for key, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(key, kind, shape) for key, (kind, shape) in outputs.items()],
        [numpy_helper.from_array(array, key) for key, array in weights.items()],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="onnx.helper")
    onnx.checker.check_model(model)
    return model


def layer(draw, width_in, width_out):
    weight = draw.normal(0, 1 / np.sqrt(width_in), (width_in, width_out)).astype("float32")
    return weight, draw.normal(0, 0.1, width_out).astype("float32")


def perceptron(name, batch="N", width=8, names=("numbers", "score")):
    """Two layers, `width` numbers in, one score in (0, 1) out."""
    draw = rng()
    w1, b1 = layer(draw, width, 16)
    w2, b2 = layer(draw, 16, 1)
    source, target = names
    nodes = [
        helper.make_node("Gemm", [source, "w1", "b1"], ["h1"]),
        helper.make_node("Relu", ["h1"], ["h2"]),
        helper.make_node("Gemm", ["h2", "w2", "b2"], ["h3"]),
        helper.make_node("Sigmoid", ["h3"], [target]),
    ]
    weights = {"w1": w1, "b1": b1, "w2": w2, "b2": b2}
    return model_of(name, nodes, {source: (FLOAT, [batch, width])}, {target: (FLOAT, [batch, 1])}, weights)


def numbers(width=8, rows=ROWS):
    return np.random.default_rng(SEED + 1).normal(0, 1, (rows, width)).astype("float32")


def network_cases():
    write_case("mlp", "two layers, one matrix in, one score out", EXPORTER, perceptron("mlp"), {"numbers": numbers()})
    model = perceptron("mlp-external-data")
    write_case("mlp-external-data", "the same network, its weights in a second file", EXPORTER, model, {"numbers": numbers()}, write_model=with_external_data(model))
    half = float16.convert_float_to_float16(perceptron("mlp-float16"))
    write_case("mlp-float16", "the same network in half precision, float16 in and out", f"{EXPORTER}, onnxconverter-common", half, {"numbers": numbers()})
    write_case("fixed-batch-1", "the same network with a batch axis of 1", EXPORTER, perceptron("fixed-batch-1", batch=1), {"numbers": numbers()}, batch=1)
    write_case("fixed-batch-16", "the same network with a batch axis of 16, and 40 rows", EXPORTER, perceptron("fixed-batch-16", batch=16), {"numbers": numbers()}, batch=16)
    odd = ("second/input:0", "StatefulPartitionedCall:0")
    write_case("odd-names", "the same network with the tensor names that TensorFlow leaves", EXPORTER, perceptron("odd-names", names=odd), {odd[0]: numbers()})

    draw = rng()
    tables = {"carrier_table": draw.normal(0, 1, (16, 4)).astype("float32"), "dest_table": draw.normal(0, 1, (105, 6)).astype("float32")}
    w1, b1 = layer(draw, 13, 16)
    w2, b2 = layer(draw, 16, 1)
    top = [
        helper.make_node("Gemm", ["joined", "w1", "b1"], ["h1"]),
        helper.make_node("Relu", ["h1"], ["h2"]),
        helper.make_node("Gemm", ["h2", "w2", "b2"], ["h3"]),
        helper.make_node("Sigmoid", ["h3"], ["score"]),
    ]
    nodes = [
        helper.make_node("Gather", ["carrier_table", "carrier_id"], ["carrier_vector"]),
        helper.make_node("Gather", ["dest_table", "dest_id"], ["dest_vector"]),
        helper.make_node("Concat", ["numbers", "carrier_vector", "dest_vector"], ["joined"], axis=1),
        *top,
    ]
    weights = {**tables, "w1": w1, "b1": b1, "w2": w2, "b2": b2}
    inputs = {"numbers": (FLOAT, ["N", 3]), "carrier_id": (INT64, ["N"]), "dest_id": (INT64, ["N"])}
    outputs = {"score": (FLOAT, ["N", 1])}
    feeds = {"numbers": numbers(3), "carrier_id": draw.integers(0, 16, ROWS), "dest_id": draw.integers(0, 105, ROWS)}
    write_case("mlp-embeddings", "a matrix of numbers and two int64 ids of [N] that pick rows of tables; an id outside its table breaks the batch", EXPORTER, model_of("mlp-embeddings", nodes, inputs, outputs, weights), feeds)

    words = ["AA", "B6", "DL", "UA"]
    nodes = [
        helper.make_node("LabelEncoder", ["carrier"], ["carrier_id"], domain="ai.onnx.ml", keys_strings=words, values_int64s=[1, 2, 3, 4], default_int64=0),
        helper.make_node("Reshape", ["carrier_id", "flat"], ["carrier_flat"]),
        helper.make_node("Gather", ["carrier_table", "carrier_flat"], ["carrier_vector"]),
        helper.make_node("Concat", ["numbers", "carrier_vector"], ["joined"], axis=1),
        *top,
    ]
    w1, b1 = layer(draw, 7, 16)
    weights = {"carrier_table": tables["carrier_table"][:5], "flat": np.array([-1], dtype="int64"), "w1": w1, "b1": b1, "w2": w2, "b2": b2}
    inputs = {"numbers": (FLOAT, ["N", 3]), "carrier": (STRING, ["N", 1])}
    carriers = np.array([(words + ["ZZ", ""])[i % 6] for i in range(ROWS)], dtype=object).reshape(-1, 1)
    write_case("mlp-string-embeddings", "strings through LabelEncoder into a table; unknown ones share row 0", EXPORTER, model_of("mlp-string-embeddings", nodes, inputs, outputs, weights), {"numbers": numbers(3), "carrier": carriers})


def quantised_cases():
    class Calibration(CalibrationDataReader):
        def __init__(self):
            self.batches = iter([{"numbers": numbers(rows=200)}])

        def get_next(self):
            return next(self.batches, None)

    with tempfile.TemporaryDirectory() as folder:
        onnx.save(perceptron("mlp-int8"), f"{folder}/float.onnx")
        quantize_static(f"{folder}/float.onnx", f"{folder}/static.onnx", Calibration(), weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8)
        write_case("mlp-int8", "the network in int8 with fixed scales (QDQ)", "onnxruntime.quantization, static", onnx.load(f"{folder}/static.onnx"), {"numbers": numbers()})
        quantize_dynamic(f"{folder}/float.onnx", f"{folder}/dynamic.onnx", weight_type=QuantType.QUInt8)
        write_case(
            "mlp-int8-dynamic",
            "the network in uint8 with scales taken from each batch: a row's score depends on the rows beside it; the outputs are those of one batch of all rows",
            "onnxruntime.quantization, dynamic",
            onnx.load(f"{folder}/dynamic.onnx"),
            {"numbers": numbers()},
        )


def signature_cases():
    draw = rng()
    w1, b1 = layer(draw, 16, 4)
    nodes = [
        helper.make_node("Gemm", ["embedding", "w1", "b1"], ["projection"]),
        helper.make_node("ReduceL2", ["projection", "last"], ["length"], keepdims=0),
    ]
    model = model_of(
        "vectors",
        nodes,
        {"embedding": (FLOAT, ["N", 16])},
        {"projection": (FLOAT, ["N", 4]), "length": (FLOAT, ["N"])},
        {"w1": w1, "b1": b1, "last": np.array([1], dtype="int64")},
    )
    write_case("vectors", "a vector of 16 in, a vector of 4 and its length out", EXPORTER, model, {"embedding": numbers(16)})

    w1, b1 = layer(draw, 5, 1)
    nodes = [
        helper.make_node("Concat", ["weather", "plane"], ["joined"], axis=1),
        helper.make_node("Gemm", ["joined", "w1", "b1"], ["score"]),
        helper.make_node("Greater", ["score", "zero"], ["late"]),
    ]
    model = model_of(
        "two-matrices",
        nodes,
        {"weather": (FLOAT, ["N", 3]), "plane": (FLOAT, ["N", 2])},
        {"score": (FLOAT, ["N", 1]), "late": (TensorProto.BOOL, ["N", 1])},
        {"w1": w1, "b1": b1, "zero": np.array(0, dtype="float32")},
    )
    five = numbers(5)
    write_case("two-matrices", "two packed matrices in, a float and a boolean out", EXPORTER, model, {"weather": five[:, :3], "plane": five[:, 3:]})

    kinds = ["FLOAT", "DOUBLE", "FLOAT16", "INT64", "INT32", "INT16", "INT8", "UINT8", "BOOL"]
    names = [f"a_{kind.lower()}" for kind in kinds]
    nodes = [helper.make_node("Cast", [name], [f"{name}_float"], to=FLOAT) for name in names]
    nodes += [
        helper.make_node("Concat", [f"{name}_float" for name in names], ["joined"], axis=1),
        helper.make_node("MatMul", ["joined", "w"], ["sum"]),
        helper.make_node("Identity", ["a_string"], ["echo"]),
    ]
    inputs = {name: (getattr(TensorProto, kind), ["N", 1]) for name, kind in zip(names, kinds)}
    inputs["a_string"] = (STRING, ["N", 1])
    model = model_of(
        "all-types",
        nodes,
        inputs,
        {"sum": (FLOAT, ["N", 1]), "echo": (STRING, ["N", 1])},
        {"w": (2.0 ** -np.arange(9, dtype="float32")).reshape(-1, 1)},
    )
    feeds = {
        "a_float": numbers(1),
        "a_double": numbers(1).astype("float64") / 3,
        "a_float16": numbers(1) * 7,
        "a_int64": draw.integers(-(2**53), 2**53, (ROWS, 1)),
        "a_int32": draw.integers(-(2**31), 2**31, (ROWS, 1)),
        "a_int16": draw.integers(-(2**15), 2**15, (ROWS, 1)),
        "a_int8": draw.integers(-128, 128, (ROWS, 1)),
        "a_uint8": draw.integers(0, 256, (ROWS, 1)),
        "a_bool": draw.integers(0, 2, (ROWS, 1)),
        "a_string": np.array([f"row {i} ✈" for i in range(ROWS)], dtype=object).reshape(-1, 1),
    }
    write_case("all-types", "one input of every element type that is supported", EXPORTER, model, feeds)

    nodes = [
        helper.make_node("Mul", ["numbers", "weights"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "last"], ["sum"], keepdims=0),
        helper.make_node("Sub", ["sum", "threshold"], ["score"]),
    ]
    model = model_of(
        "constants",
        nodes,
        {"numbers": (FLOAT, ["N", 3]), "weights": (FLOAT, [3]), "threshold": (FLOAT, [])},
        {"score": (FLOAT, ["N"])},
        {"last": np.array([1], dtype="int64")},
    )
    feeds = {"numbers": numbers(3), "weights": [0.5, -1, 2], "threshold": 0.25}
    write_case("constants", "two inputs that are no columns, `weights` of [3] and `threshold` of []: the job gives them", EXPORTER, model, feeds)

    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Mul", ["a", "b"], ["product"])]
    model = model_of("rank-1", nodes, {"a": (FLOAT, ["N"]), "b": (FLOAT, ["N"])}, {"sum": (FLOAT, ["N"]), "product": (FLOAT, ["N"])}, {})
    two = numbers(2)
    two[3, 0] = np.nan
    two[4, 1] = np.inf
    write_case("rank-1", "inputs and outputs of [N]; a row of NaN and a row of infinity", EXPORTER, model, {"a": two[:, 0], "b": two[:, 1]})

    # The classic of a numerical model: fine until a logarithm meets zero.
    nodes = [helper.make_node("Log", ["x"], ["score"])]
    model = model_of("answers-nan", nodes, {"x": (FLOAT, ["N", 1])}, {"score": (FLOAT, ["N", 1])}, {})
    values = np.abs(numbers(1))
    values[7], values[8] = 0, -1
    write_case("answers-nan", "answers -Infinity in row 8 and NaN in row 9", EXPORTER, model, {"x": values})


def refused_cases():
    nodes = [helper.make_node("SplitToSequence", ["numbers"], ["pieces"], axis=0, keepdims=1)]
    graph = helper.make_graph(
        nodes,
        "refused-sequence",
        [helper.make_tensor_value_info("numbers", FLOAT, ["N", 3])],
        [helper.make_tensor_sequence_value_info("pieces", FLOAT, None)],
    )
    opsets = [helper.make_opsetid("", OPSETS[""])]
    write_refused("refused-sequence", "its only output is a sequence of tensors", EXPORTER, helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION), "output `pieces` is a sequence")

    nodes = [helper.make_node("ReduceMean", ["pixels", "all_but_first"], ["score"], keepdims=0)]
    model = model_of(
        "refused-image", nodes, {"pixels": (FLOAT, ["N", 3, 8, 8])}, {"score": (FLOAT, ["N"])}, {"all_but_first": np.array([1, 2, 3], dtype="int64")}
    )
    write_refused("refused-image", "its input has four axes: no table holds that", EXPORTER, model, "input `pixels` has 4 axes")

    nodes = [helper.make_node("ReduceMean", ["numbers", "first"], ["mean"], keepdims=1)]
    model = model_of("refused-one-for-all", nodes, {"numbers": (FLOAT, ["N", 3])}, {"mean": (FLOAT, [1, 3])}, {"first": np.array([0], dtype="int64")})
    write_refused("refused-one-for-all", "answers once for the whole batch, not once per row", EXPORTER, model, "output `mean` does not answer per row")


MLMODEL = """flavors:
  onnx:
    code: null
    data: model.onnx
    onnx_session_options: null
    onnx_version: {onnx_version}
    providers:
    - CUDAExecutionProvider
    - CPUExecutionProvider
  python_function:
    data: model.onnx
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.onnx
    python_version: 3.11.7
is_signature_from_type_hint: false
mlflow_version: 3.17.2
model_id: null
model_size_bytes: {size}
model_uuid: 00000000000000000000000000000000
prompts: null
signature:
  inputs: '{inputs}'
  outputs: '{outputs}'
  params: null
type_hint_from_example: false
utc_time_created: '2013-12-31 23:59:59.000000'
"""


def mlflow_folder(model, inputs, outputs):
    """Lays a model out as mlflow.onnx.save_model of MLflow 3 does."""

    def write(folder):
        path = folder / "model"
        path.mkdir()
        content = model.SerializeToString()
        (path / "model.onnx").write_bytes(content)
        text = MLMODEL.format(onnx_version=onnx.__version__, size=len(content), inputs=json.dumps(inputs), outputs=json.dumps(outputs))
        (path / "MLmodel").write_text(text)
        (path / "requirements.txt").write_text("mlflow==3.17.2\nonnx\nonnxruntime")
        (path / "python_env.yaml").write_text("python: 3.11.7\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n")
        (path / "conda.yaml").write_text(
            "channels:\n- conda-forge\ndependencies:\n- python=3.11.7\n- pip\n- pip:\n  - mlflow==3.17.2\n  - onnx\n  - onnxruntime\nname: mlflow-env\n"
        )
        return path

    return write


def column(name, kind):
    return {"type": kind, "name": name, "required": True}


def mlflow_cases():
    exporter = "MLflow 3.17.2's layout, written by hand"
    matrix = onnx.load(CASES / "sklearn-zipmap-false/model.onnx")
    rows = json.loads((CASES / "sklearn-zipmap-false/case.json").read_text())["inputs"]["X"]
    feeds = {"X": np.array(rows["data"]).reshape(rows["dims"])}
    names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
    label = [column("label", "long")]

    write_case(
        "mlflow-columns-to-matrix",
        "the signature names four columns, the model takes one matrix: they are packed in the signature's order",
        exporter, matrix, feeds, write_model=mlflow_folder(matrix, [column(name, "float") for name in names], label),
    )
    tensor = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}, "name": "X"}]
    write_case("mlflow-tensor", "the signature is the tensor's own", exporter, matrix, feeds, write_model=mlflow_folder(matrix, tensor, label))

    strings = onnx.load(CASES / "sklearn-onehot-strings/model.onnx")
    case = json.loads((CASES / "sklearn-onehot-strings/case.json").read_text())
    feeds = {name: np.array(tensor["data"], dtype=object).reshape(tensor["dims"]) for name, tensor in case["inputs"].items()}
    columns = [column("dep_delay", "float"), column("distance", "float"), column("carrier", "string"), column("dest", "string")]
    write_case("mlflow-columns", "the signature names one column per input", exporter, strings, feeds, write_model=mlflow_folder(strings, columns, label))

    columns[2] = column("carrier", "double")
    write_refused("mlflow-disagrees", "the signature says that `carrier` is a double, the model takes strings", exporter, strings,
                         "column `carrier`: double in the signature, string in the model", write_model=mlflow_folder(strings, columns, label))


def main():
    network_cases()
    quantised_cases()
    signature_cases()
    refused_cases()
    mlflow_cases()


if __name__ == "__main__":
    main()
