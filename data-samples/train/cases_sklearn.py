"""Cases exported with skl2onnx."""

import numpy as np
import pandas as pd
import sklearn
from skl2onnx import __version__ as skl2onnx_version
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from cases import OPSETS, write_case
from flights import LATE_MINUTES, load_year

EXPORTER = f"scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx_version}"
SEED = 5
ROWS = 40


def sample_flights(rows):
    frame = load_year()
    frame = frame[frame.arr_delay.notna()].sample(rows, random_state=SEED)
    return frame, (frame.arr_delay > LATE_MINUTES).astype("int64").to_numpy()


def with_unknown(column):
    """The first rows of a string column, the third unknown to any encoder, the fourth empty, the fifth not ASCII."""
    values = column.to_numpy(dtype=object)[:ROWS].copy()
    values[2:5] = ["ZZ", "", "Zürich ✈"]
    return values.reshape(-1, 1)


def iris_cases():
    iris = load_iris()
    features = iris.data.astype("float32")
    every = np.arange(0, len(features), 4)
    matrix = [("X", FloatTensorType([None, 4]))]
    model = make_pipeline(StandardScaler(), LogisticRegression(random_state=SEED)).fit(features, iris.target)

    for name, about, options in [
        ("sklearn-default", "classifier with every default: int64 labels and a ZipMap", None),
        ("sklearn-zipmap-false", "the same classifier with zipmap=False: a matrix of probabilities", {"zipmap": False}),
        ("sklearn-zipmap-columns", "the same classifier with zipmap='columns': one output per class", {"zipmap": "columns"}),
        ("sklearn-raw-scores", "the same classifier with raw_scores: decision values instead of probabilities", {"raw_scores": True}),
    ]:
        onnx_options = None if options is None else {id(model): options}
        exported = to_onnx(model, initial_types=matrix, target_opset=OPSETS, options=onnx_options, name=name)
        write_case(name, about, EXPORTER, exported, {"X": features[every]})

    exported = to_onnx(model, initial_types=matrix, target_opset={"": 13, "ai.onnx.ml": 2}, name="sklearn-opset-13")
    write_case("sklearn-opset-13", "the same classifier in the operator set of 2020", EXPORTER, exported, {"X": features[every]})

    names = iris.target_names[iris.target]
    forest = RandomForestClassifier(n_estimators=12, max_depth=4, random_state=SEED).fit(features, names)
    exported = to_onnx(forest, initial_types=matrix, target_opset=OPSETS, name="sklearn-string-labels")
    write_case("sklearn-string-labels", "three classes with string labels, ZipMap with string keys", EXPORTER, exported, {"X": features[every]})

    # Labels with gaps and below zero: a class is found by its label, not by its place.
    codes = np.array([-7, 40, 9_000_000_000])[iris.target]
    odd = LogisticRegression(max_iter=500, random_state=SEED).fit(features, codes)
    exported = to_onnx(odd, initial_types=matrix, target_opset=OPSETS, name="sklearn-sparse-labels")
    write_case("sklearn-sparse-labels", "int64 labels -7, 40 and 9000000000, ZipMap", EXPORTER, exported, {"X": features[every]})

    boosting = HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=15, random_state=SEED)
    holes = features.copy()
    holes[np.random.default_rng(SEED).random(holes.shape) < 0.15] = np.nan
    boosting.fit(holes, iris.target)
    exported = to_onnx(boosting, initial_types=matrix, target_opset=OPSETS, name="sklearn-hist-gradient-boosting")
    write_case("sklearn-hist-gradient-boosting", "trees that take missing values as NaN", EXPORTER, exported, {"X": holes[every]})

    isolation = IsolationForest(n_estimators=25, max_samples=64, random_state=SEED).fit(features)
    far = np.concatenate([features[every], [[50, 0, -9, 4], [0, 0, 0, 0]]])
    exported = to_onnx(isolation, initial_types=matrix, target_opset=OPSETS, name="sklearn-isolation-forest")
    write_case("sklearn-isolation-forest", "outlier detector: labels 1 and -1, and a score", EXPORTER, exported, {"X": far})


def flight_cases():
    frame, late = sample_flights(4000)
    first = frame.iloc[:ROWS]

    encoder = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(
        ColumnTransformer([("numbers", StandardScaler(), ["dep_delay", "distance"]), ("categories", encoder, ["carrier", "dest"])]),
        LogisticRegression(max_iter=300, random_state=SEED),
    )
    model.fit(frame[["dep_delay", "distance", "carrier", "dest"]].astype({"dep_delay": "float32", "distance": "float32"}), late)
    inputs = [
        ("dep_delay", FloatTensorType([None, 1])),
        ("distance", FloatTensorType([None, 1])),
        ("carrier", StringTensorType([None, 1])),
        ("dest", StringTensorType([None, 1])),
    ]
    exported = to_onnx(model, initial_types=inputs, target_opset=OPSETS, name="sklearn-onehot-strings")
    feeds = {
        "dep_delay": first[["dep_delay"]],
        "distance": first[["distance"]],
        "carrier": with_unknown(first["carrier"]),
        "dest": first[["dest"]].to_numpy(dtype=object),
    }
    write_case("sklearn-onehot-strings", "one input per column, strings into OneHotEncoder, unknown carriers ignored", EXPORTER, exported, feeds)

    strings = frame[["carrier", "origin", "dest"]].to_numpy(dtype=object)
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=300, random_state=SEED)).fit(strings, late)
    exported = to_onnx(model, initial_types=[("words", StringTensorType([None, 3]))], target_opset=OPSETS, name="sklearn-string-matrix")
    rows = strings[:ROWS].copy()
    rows[2, 0] = "ZZ"
    rows[3, 2] = ""
    write_case("sklearn-string-matrix", "one matrix of strings for three columns", EXPORTER, exported, {"words": rows})

    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    model = make_pipeline(
        ColumnTransformer([("categories", encoder, ["carrier", "origin"])], remainder="passthrough"),
        RandomForestClassifier(n_estimators=10, max_depth=6, random_state=SEED),
    )
    model.fit(frame[["carrier", "origin", "dep_delay"]].astype({"dep_delay": "float32"}), late)
    inputs = [("carrier", StringTensorType([None, 1])), ("origin", StringTensorType([None, 1])), ("dep_delay", FloatTensorType([None, 1]))]
    exported = to_onnx(model, initial_types=inputs, target_opset=OPSETS, options={id(model): {"zipmap": False}}, name="sklearn-ordinal-strings")
    feeds = {"carrier": with_unknown(first["carrier"]), "origin": first[["origin"]].to_numpy(dtype=object), "dep_delay": first[["dep_delay"]]}
    write_case("sklearn-ordinal-strings", "strings into OrdinalEncoder, unknown ones become -1, then trees", EXPORTER, exported, feeds)

    strict = make_pipeline(OneHotEncoder(), LogisticRegression(max_iter=300, random_state=SEED)).fit(strings, late)
    exported = to_onnx(strict, initial_types=[("words", StringTensorType([None, 3]))], target_opset=OPSETS, name="sklearn-onehot-strict")
    about = "OneHotEncoder with its default handle_unknown='error': one unknown value breaks the whole batch"
    write_case("sklearn-onehot-strict", about, EXPORTER, exported, {"words": strings[:ROWS]})

    holes = strings[:, :2].copy()
    holes[::7, 0] = ""
    imputer = SimpleImputer(missing_values="", strategy="most_frequent")
    model = make_pipeline(imputer, OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=300, random_state=SEED)).fit(holes, late)
    exported = to_onnx(model, initial_types=[("words", StringTensorType([None, 2]))], target_opset=OPSETS, name="sklearn-string-imputer")
    write_case("sklearn-string-imputer", "empty strings become the most frequent one before OneHotEncoder", EXPORTER, exported, {"words": holes[:ROWS]})

    whole = frame[["hour", "month"]].astype("int64").to_numpy()
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=300, random_state=SEED)).fit(whole, late)
    exported = to_onnx(model, initial_types=[("X", Int64TensorType([None, 2]))], target_opset=OPSETS, options={id(model): {"zipmap": False}}, name="sklearn-onehot-integers")
    rows = whole[:ROWS].copy()
    rows[2] = [99, -1]
    write_case("sklearn-onehot-integers", "one int64 matrix into OneHotEncoder", EXPORTER, exported, {"X": rows})


def regression_cases():
    diabetes = load_diabetes()
    features, target = diabetes.data, diabetes.target
    every = np.arange(0, len(features), 11)

    model = GradientBoostingRegressor(n_estimators=30, max_depth=3, random_state=SEED).fit(features.astype("float32"), target)
    exported = to_onnx(model, initial_types=[("X", FloatTensorType([None, 10]))], target_opset=OPSETS, name="sklearn-regression")
    write_case("sklearn-regression", "one float per row, as [N, 1]", EXPORTER, exported, {"X": features[every]})

    model = make_pipeline(StandardScaler(), Ridge()).fit(features, target)
    exported = to_onnx(model, initial_types=[("X", DoubleTensorType([None, 10]))], target_opset=OPSETS, name="sklearn-float64")
    write_case("sklearn-float64", "a float64 matrix in, float64 out", EXPORTER, exported, {"X": features[every]})

    both = np.stack([target, features[:, 2] * 100], axis=1)
    model = Ridge().fit(features.astype("float32"), both)
    exported = to_onnx(model, initial_types=[("X", FloatTensorType([None, 10]))], target_opset=OPSETS, name="sklearn-two-targets")
    write_case("sklearn-two-targets", "two regressions in one output of [N, 2]", EXPORTER, exported, {"X": features[every]})


def main():
    iris_cases()
    flight_cases()
    regression_cases()


if __name__ == "__main__":
    main()
