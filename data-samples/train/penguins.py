"""Trains the models of test/fixtures/penguins on the Palmer penguins (CC0), and writes what Python's onnxruntime answers for every row.

python penguins.py FOLDER_OF_PENGUINS_CSV
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

source = Path(sys.argv[1])
target = Path(__file__).parents[2] / "test/fixtures/penguins"
target.mkdir(parents=True, exist_ok=True)


def columns(table, numbers, texts):
    """Returns the columns as they are fed: floats with NaN, texts with an empty one where they are missing."""
    fed = {name: table[[name]].to_numpy(np.float32) for name in numbers}
    return fed | {name: table[[name]].fillna("").astype(str).to_numpy(object) for name in texts}


def classifier(numbers, texts):
    steps = [("numbers", make_pipeline(SimpleImputer(), StandardScaler()), list(range(len(numbers))))]
    first = len(numbers)
    for i, _ in enumerate(texts):
        filled = SimpleImputer(missing_values="", strategy="most_frequent")
        steps.append((f"text{i}", make_pipeline(filled, OneHotEncoder(handle_unknown="ignore")), [first + i]))
    return make_pipeline(ColumnTransformer(steps), LogisticRegression(max_iter=1000))


def write(name, model, fed, renamed=None):
    """Saves a model whose inputs are the columns, and its answers."""
    names = {column: (renamed or {}).get(column, column) for column in fed}
    types = [
        (names[column], FloatTensorType([None, 1]) if values.dtype == np.float32 else StringTensorType([None, 1]))
        for column, values in fed.items()
    ]
    save(name, to_onnx(model, initial_types=types, target_opset=17), {names[c]: v for c, v in fed.items()})


def save(name, onnx, fed):
    (target / f"{name}.onnx").write_bytes(onnx.SerializeToString())
    session = onnxruntime.InferenceSession(onnx.SerializeToString())
    outputs = session.run(None, fed)
    answers = {}
    for output, values in zip(session.get_outputs(), outputs):
        if isinstance(values, list):
            answers[output.name] = {str(label): [float(row[label]) for row in values] for label in values[0]}
        else:
            answers[output.name] = values.reshape(-1).tolist()
    (target / f"{name}.json").write_text(json.dumps(answers, separators=(",", ":")) + "\n")


clean = pandas.read_csv(source / "penguins.csv")
numbers = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
texts = ["island", "sex"]
fed = columns(clean, numbers, texts)
species = classifier(numbers, texts)
species.fit(np.hstack([fed[name] for name in numbers + texts]).astype(object), clean["species"])
write("species", species, fed)

mass = clean.dropna(subset=["body_mass_g"])
features = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]
weight = make_pipeline(SimpleImputer(), RandomForestRegressor(n_estimators=10, max_depth=4, random_state=0))
weight.fit(mass[features].to_numpy(np.float32), mass["body_mass_g"])
matrix = clean[features].to_numpy(np.float32)
save("body-mass", to_onnx(weight, matrix[:1], target_opset=17), {"X": matrix})

raw = pandas.read_csv(source / "penguins-raw.csv")
numbers = ["Culmen Length (mm)", "Culmen Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"]
texts = ["Island", "Sex"]
fed = columns(raw, numbers, texts)
sex = classifier(numbers, texts)
sex.fit(np.hstack([fed[name] for name in numbers + texts]).astype(object), raw["Species"].str.split().str[0])
write("species-raw", sex, fed, {name: "".join(c if c.isalnum() else "_" for c in name) for name in numbers})
