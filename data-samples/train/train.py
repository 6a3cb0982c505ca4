"""Trains both sample models and writes the scores that Python's onnxruntime gives for the sample days.

models/flight-delay.onnx        scikit-learn: impute, scale, one-hot, logistic regression; one input per column; exported with skl2onnx's defaults
models/flight-delay-trees.onnx  LightGBM, 200 trees of 63 leaves; one float matrix, categories as their place in the job file's list
truth/<model>.<day>.csv         flight_id,label,probability; probability is the shortest text that reads back as the same float32

Both answer: will this flight arrive more than 15 minutes late, given what is known when it leaves the gate?
The sample days are held out. Seeded; the same versions on the same kind of machine give the same bytes (with PYTHONHASHSEED=0).
"""

import lightgbm as lgb
import numpy as np
import onnx
import onnxruntime as ort
import pandas as pd
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as TreeMatrixType
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from flights import CATEGORIES, FEATURES, LATE_MINUTES, NUMBERS, SAMPLES, categories_of, load_year, of_day

SEED = 2013
OPSETS = {"": 18, "ai.onnx.ml": 3}
HELD_OUT = ["2013-01-01", "2013-01-02", "2013-01-03", "2013-01-04"]


def numbers_of(frame):
    return frame[NUMBERS].astype("float32").to_numpy()


def codes_of(frame, categories):
    """Each category column as its place in the list; an unknown value is NaN."""
    columns = []
    for name in CATEGORIES:
        place_of = {value: place for place, value in enumerate(categories[name])}
        columns.append(frame[name].map(place_of).astype("float32"))
    return np.stack(columns, axis=1)


def matrix_of(frame, categories):
    return np.concatenate([numbers_of(frame), codes_of(frame, categories)], axis=1)


def train_linear(frame, late, categories):
    features = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
            (
                "categories",
                OneHotEncoder(categories=[categories[name] for name in CATEGORIES], handle_unknown="ignore"),
                CATEGORIES,
            ),
        ]
    )
    pipeline = make_pipeline(features, LogisticRegression(max_iter=300, random_state=SEED))
    pipeline.fit(frame[FEATURES].astype({name: "float32" for name in NUMBERS}), late)
    inputs = [(name, FloatTensorType([None, 1])) for name in NUMBERS]
    inputs += [(name, StringTensorType([None, 1])) for name in CATEGORIES]
    return to_onnx(pipeline, initial_types=inputs, target_opset=OPSETS, name="flight_delay")


def train_trees(frame, late, categories):
    trees = lgb.LGBMClassifier(
        n_estimators=200,
        num_leaves=63,
        learning_rate=0.1,
        random_state=SEED,
        deterministic=True,
        force_row_wise=True,
        n_jobs=2,
        verbose=-1,
    )
    trees.fit(matrix_of(frame, categories), late)
    inputs = [("features", TreeMatrixType([None, len(FEATURES)]))]
    return convert_lightgbm(trees, initial_types=inputs, target_opset=14, zipmap=False, name="flight_delay_trees")


def score_linear(session, frame, _categories):
    feeds = {name: frame[[name]].astype("float32").to_numpy() for name in NUMBERS}
    feeds |= {name: frame[[name]].astype(object).to_numpy() for name in CATEGORIES}
    labels, maps = session.run(["output_label", "output_probability"], feeds)
    return labels, np.array([row[1] for row in maps], dtype="float32")


def score_trees(session, frame, categories):
    labels, probabilities = session.run(["label", "probabilities"], {"features": matrix_of(frame, categories)})
    return labels, probabilities[:, 1]


def one_thread():
    """With more threads the trees are summed in groups, and the last bits of a score depend on the size of its batch."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return options


def write_scores(path, frame, labels, probabilities):
    lines = ["flight_id,label,probability"]
    for key, label, probability in zip(frame["flight_id"], labels, probabilities):
        lines.append(f"{key},{label},{np.format_float_positional(probability, unique=True, trim='-')}")
    path.write_text("\n".join(lines) + "\n")


def main():
    year = load_year()
    categories = categories_of(year)
    arrived = year[year.arr_delay.notna()]
    held_out = arrived.index.isin(pd.concat([of_day(arrived, date) for date in HELD_OUT]).index)
    known, unseen = arrived[~held_out], arrived[held_out]
    late = (known.arr_delay > LATE_MINUTES).astype("int64")

    days = {date: of_day(year, date) for date in HELD_OUT}
    repaired = pd.read_csv(SAMPLES / "truth/2013-01-04.repaired.csv", keep_default_na=False, na_values=[""])
    days["2013-01-04.repaired"] = repaired

    (SAMPLES / "models").mkdir(exist_ok=True)
    models = {
        "flight-delay": (train_linear, score_linear),
        "flight-delay-trees": (train_trees, score_trees),
    }
    for name, (train, score) in models.items():
        model = train(known, late, categories)
        path = SAMPLES / f"models/{name}.onnx"
        onnx.save(model, path)
        session = ort.InferenceSession(path, one_thread(), providers=["CPUExecutionProvider"])
        for date, frame in days.items():
            write_scores(SAMPLES / f"truth/{name}.{date}.csv", frame, *score(session, frame, categories))
        _, probabilities = score(session, unseen, categories)
        auc = roc_auc_score(unseen.arr_delay > LATE_MINUTES, probabilities)
        print(f"{name}: {path.stat().st_size} bytes, AUC {auc:.3f} on the {len(unseen)} held-out flights that arrived")
        for tensor in [*session.get_inputs(), *session.get_outputs()]:
            print(" ", tensor.name, tensor.type, tensor.shape)


if __name__ == "__main__":
    main()
