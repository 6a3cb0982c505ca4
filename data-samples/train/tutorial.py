"""Trains the models of test/fixtures/tutorial that are not of penguins.py, and writes what Python answers for every row.

python tutorial.py FOLDER_OF_PENGUINS_CSV
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.datasets import load_breast_cancer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

source = Path(sys.argv[1])
target = Path(__file__).parents[2] / "test/fixtures/tutorial"
target.mkdir(parents=True, exist_ok=True)


def save(name, onnx, fed, output):
    """Saves a model and the probability of class 1 in each row."""
    (target / f"{name}.onnx").write_bytes(onnx.SerializeToString())
    session = onnxruntime.InferenceSession(onnx.SerializeToString())
    answers = session.run([output], fed)[0]
    (target / f"{name}.json").write_text(json.dumps([float(row[1]) for row in answers]) + "\n")


# One matrix of 30 columns: Breast Cancer Wisconsin (UCI, CC BY 4.0), which scikit-learn brings along.
cancer = load_breast_cancer(as_frame=True)
train, test, label, _ = train_test_split(cancer.data, cancer.target, test_size=100, random_state=0)
tumours = make_pipeline(StandardScaler(), LogisticRegression()).fit(train.to_numpy(np.float32), label)
test.to_csv(target / "tumours.csv", index=False)
matrix = test.to_numpy(np.float32)
onnx = to_onnx(tumours, matrix[:1], target_opset=17, options={"zipmap": False})
save("tumours", onnx, {"X": matrix}, "probabilities")

# Texts: on which island penguins of a species nest, by the words of the species.
raw = pandas.read_csv(source / "penguins-raw.csv")
texts = raw["Species"].to_numpy(object)
islands = make_pipeline(TfidfVectorizer(token_pattern="[a-zA-Z]+"), LogisticRegression()).fit(texts, raw["Island"])
types = [("Species", StringTensorType([None, 1]))]
# The locale that every system has; without it the graph asks for en_US.UTF-8.
options = {id(islands): {"zipmap": False}, id(islands[0]): {"locale": "C"}}
onnx = to_onnx(islands, initial_types=types, target_opset=17, options=options)
save("islands", onnx, {"Species": texts.reshape(-1, 1)}, "probabilities")
