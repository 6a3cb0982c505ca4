"""Cases of gradient-boosted trees, each exported by its own library's way."""

import tempfile

import catboost
import lightgbm
import numpy as np
import onnx
import onnxmltools
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_diabetes, load_iris

from cases import write_case

SEED = 5


def iris():
    """Four floats, three classes, one value in seven missing; and every fourth row to score."""
    data = load_iris()
    features = data.data.astype("float32")
    features[np.random.default_rng(SEED).random(features.shape) < 0.15] = np.nan
    return features, data.target, np.arange(0, len(features), 4)


def diabetes():
    data = load_diabetes()
    return data.data.astype("float32"), data.target, np.arange(0, len(data.target), 11)


def lightgbm_cases():
    exporter = f"LightGBM {lightgbm.__version__}, onnxmltools {onnxmltools.__version__}"
    settings = dict(n_estimators=12, num_leaves=15, random_state=SEED, deterministic=True, force_row_wise=True, n_jobs=1, verbose=-1)

    features, target, every = iris()
    model = lightgbm.LGBMClassifier(**settings).fit(features, target)
    exported = onnxmltools.convert_lightgbm(model, initial_types=[("input", FloatTensorType([None, 4]))], name="lightgbm-classifier", zipmap=True)
    write_case("lightgbm-classifier", "three classes, ZipMap, missing values as NaN", exporter, exported, {"input": features[every]})

    features, target, every = diabetes()
    model = lightgbm.LGBMRegressor(**settings).fit(features, target)
    exported = onnxmltools.convert_lightgbm(model, initial_types=[("input", FloatTensorType([None, 10]))], name="lightgbm-regressor")
    write_case("lightgbm-regressor", "one value per row", exporter, exported, {"input": features[every]})


def xgboost_cases():
    exporter = f"XGBoost {xgboost.__version__}, onnxmltools {onnxmltools.__version__}"
    settings = dict(n_estimators=12, max_depth=4, random_state=SEED, n_jobs=1)

    features, target, every = iris()
    model = xgboost.XGBClassifier(**settings).fit(features, target == 1)
    exported = onnxmltools.convert_xgboost(model, initial_types=[("input", FloatTensorType([None, 4]))])
    exported.graph.name = "xgboost-classifier"
    write_case("xgboost-classifier", "two classes, labels and a matrix of probabilities", exporter, exported, {"input": features[every]})

    features, target, every = diabetes()
    model = xgboost.XGBRegressor(**settings).fit(features, target)
    exported = onnxmltools.convert_xgboost(model, initial_types=[("input", FloatTensorType([None, 10]))])
    exported.graph.name = "xgboost-regressor"
    write_case("xgboost-regressor", "one value per row", exporter, exported, {"input": features[every]})


def catboost_cases():
    exporter = f"CatBoost {catboost.__version__}"
    settings = dict(iterations=12, depth=4, random_seed=SEED, thread_count=1, verbose=False, allow_writing_files=False)

    def export(model, name):
        with tempfile.TemporaryDirectory() as folder:
            model.save_model(f"{folder}/model.onnx", format="onnx", export_parameters={"onnx_graph_name": name})
            exported = onnx.load(f"{folder}/model.onnx")
        # Without the time of training and a random id, the same training gives the same bytes.
        kept = [entry for entry in exported.metadata_props if entry.key not in ("model_guid", "train_finish_time")]
        del exported.metadata_props[:]
        exported.metadata_props.extend(kept)
        return exported

    features, target, every = iris()
    model = catboost.CatBoostClassifier(**settings).fit(features, (target == 1).astype(int))
    write_case("catboost-classifier", "two classes, ZipMap", exporter, export(model, "catboost-classifier"), {"features": features[every]})

    model = catboost.CatBoostClassifier(**settings).fit(features, load_iris().target_names[target])
    write_case("catboost-string-labels", "three classes with string labels, ZipMap", exporter, export(model, "catboost-string-labels"), {"features": features[every]})

    features, target, every = diabetes()
    model = catboost.CatBoostRegressor(**settings).fit(features, target)
    write_case("catboost-regressor", "one value per row", exporter, export(model, "catboost-regressor"), {"features": features[every]})


def main():
    lightgbm_cases()
    xgboost_cases()
    catboost_cases()


if __name__ == "__main__":
    main()
