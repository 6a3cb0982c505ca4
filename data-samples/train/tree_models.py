"""Trains small models of LightGBM and XGBoost in every format, objective and missing type, with the trainer's own answers.

    python tree_models.py FOLDER [--rows 64] [--times 1] [--only NAME] [--ask]

Writes FOLDER/NAME/: the model file, `rows.bin` (float64, row by row), `raw.bin` and `prediction.bin` (the trainer's raw scores and
predictions: float64 of LightGBM, float32 of XGBoost) and `case.json`. Seeded: the same versions write the same models.
"""

import argparse
import json
import pathlib
import sys
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb

warnings.filterwarnings("ignore")
FEATURES = 7


def training(rows=1500, seed=1):
    """Numbers of several kinds: a normal one, a skewed one, small whole ones, mostly zeros, a fifth missing, categories 0 to 11, a uniform one."""
    r = np.random.default_rng(seed)
    x = np.empty((rows, FEATURES))
    x[:, 0] = r.normal(size=rows)
    x[:, 1] = r.lognormal(size=rows)
    x[:, 2] = r.integers(-3, 4, rows)
    x[:, 3] = np.where(r.random(rows) < 0.7, 0, r.normal(size=rows))
    x[:, 4] = np.where(r.random(rows) < 0.2, np.nan, r.normal(size=rows))
    x[:, 5] = r.integers(0, 12, rows)
    x[:, 6] = r.random(rows)
    signal = x[:, 0] + np.log(x[:, 1]) * x[:, 6] + np.nan_to_num(x[:, 4]) + np.isin(x[:, 5], [1, 4, 7]) * 1.5 - (x[:, 3] == 0)
    return x, signal + r.normal(scale=0.3, size=rows), r


def scoring(rows, thresholds, infinite, seed=7):
    """Rows like those of training, and values at the edge of each rule: missing, infinite, near zero, a threshold and its neighbors."""
    x, _, r = training(rows, seed)
    edges = np.array([np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e-35, -1e-35, 1e300, -1e300, 5e-324, 11.7, 12, 300, -0.5, -1, -2])
    if infinite:
        edges = np.concatenate([edges, [np.inf, -np.inf]])
    else:
        edges = np.clip(edges, -3e38, 3e38)
    for f in range(FEATURES):
        t = np.array(sorted(thresholds.get(f, [0.0])))
        near = np.concatenate([t, np.nextafter(t, np.inf), np.nextafter(t, -np.inf), edges, edges])
        at = r.random(rows) < 0.25
        x[at, f] = r.choice(near, at.sum())
    return x


def lightgbm_thresholds(booster):
    frame = booster.trees_to_dataframe()
    found = {}
    for name, group in frame[frame.decision_type == "<="].groupby("split_feature"):
        found[booster.feature_name().index(name)] = group.threshold.astype(float).tolist()
    return found


def xgboost_thresholds(booster):
    found = {}
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    model = model.get("gbtree", model)["model"]
    for tree in model["trees"]:
        for f, t, left in zip(tree["split_indices"], tree["split_conditions"], tree["left_children"]):
            if left != -1:
                found.setdefault(f, []).append(t)
    return found


COUNTS = lambda y: np.maximum(0, np.round(np.exp(np.clip(y, -3, 3) / 2)))
POSITIVE = lambda y: np.exp(np.clip(y, -3, 3) / 2)
TWO = lambda y: (y > 0).astype(float)
FOUR = lambda y: np.digitize(y, [-1, 0, 1]).astype(float)
SHARE = lambda y: 1 / (1 + np.exp(-y))
MISSING = lambda y: np.isnan(training()[0][:, 4]) * 3.0 + 0.1 * y

SMALL = dict(num_leaves=8, learning_rate=0.2, min_data_in_leaf=5, verbose=-1, seed=3, num_threads=1, deterministic=True, force_row_wise=True)

# name: (settings, target, what else)
LIGHTGBM = {
    "regression": (dict(objective="regression"), None, {}),
    "regression-sqrt": (dict(objective="regression", reg_sqrt=True), POSITIVE, {}),
    "regression-l1": (dict(objective="regression_l1"), None, {}),
    "huber": (dict(objective="huber"), None, {}),
    "fair": (dict(objective="fair"), None, {}),
    "mape": (dict(objective="mape"), POSITIVE, {}),
    "quantile": (dict(objective="quantile", alpha=0.9), None, {}),
    "poisson": (dict(objective="poisson"), COUNTS, {}),
    "gamma": (dict(objective="gamma"), POSITIVE, {}),
    "tweedie": (dict(objective="tweedie"), COUNTS, {}),
    "binary": (dict(objective="binary"), TWO, {}),
    "binary-sigmoid": (dict(objective="binary", sigmoid=0.7), TWO, {}),
    "multiclass": (dict(objective="multiclass", num_class=4), FOUR, dict(rounds=3)),
    "multiclassova": (dict(objective="multiclassova", num_class=4), FOUR, dict(rounds=3)),
    "cross-entropy": (dict(objective="cross_entropy"), SHARE, {}),
    "cross-entropy-lambda": (dict(objective="cross_entropy_lambda"), SHARE, {}),
    "lambdarank": (dict(objective="lambdarank"), FOUR, dict(group=True)),
    "custom": (dict(objective="custom"), None, {}),
    "categories": (dict(objective="binary", min_data_per_group=5, cat_smooth=1, max_cat_to_onehot=2), TWO, dict(categorical=[5])),
    "zero-as-missing": (dict(objective="binary", zero_as_missing=True), TWO, {}),
    "no-missing": (dict(objective="regression", use_missing=False), None, {}),
    # Few bins, so that trees split missing values from all others: the threshold is infinite.
    "missing-alone": (dict(objective="regression", max_bin=3, min_data_in_bin=1), MISSING, {}),
    "dart": (dict(objective="binary", boosting="dart", drop_rate=0.3), TWO, {}),
    "random-forest": (dict(objective="binary", boosting="rf", bagging_freq=1, bagging_fraction=0.6), TWO, {}),
    "random-forest-regression": (dict(objective="regression", boosting="rf", bagging_freq=1, bagging_fraction=0.6), None, {}),
    "linear": (dict(objective="regression", linear_tree=True), None, {}),
    "linear-binary": (dict(objective="binary", linear_tree=True, linear_lambda=0.01), TWO, {}),
    "stump": (dict(objective="regression", min_data_in_leaf=4000), None, {}),
    "wide": (dict(objective="binary", num_leaves=200, min_data_in_leaf=1), TWO, dict(rounds=2)),
    "deep": (dict(objective="binary", num_leaves=300, min_data_in_leaf=1, max_bin=4095, min_data_in_bin=1), TWO, dict(rounds=1, rows=6000)),
}

DEPTH = dict(max_depth=3, eta=0.3, seed=3, nthread=1)
XGBOOST = {
    "squarederror": (dict(objective="reg:squarederror"), None, {}),
    "base-score": (dict(objective="reg:squarederror", base_score=0.37), None, {}),
    "squaredlogerror": (dict(objective="reg:squaredlogerror"), POSITIVE, {}),
    "logistic": (dict(objective="reg:logistic"), SHARE, {}),
    "pseudohuber": (dict(objective="reg:pseudohubererror"), None, {}),
    "absoluteerror": (dict(objective="reg:absoluteerror"), None, {}),
    "quantile": (dict(objective="reg:quantileerror", quantile_alpha=[0.1, 0.9]), None, {}),
    "binary": (dict(objective="binary:logistic"), TWO, {}),
    "logitraw": (dict(objective="binary:logitraw"), TWO, {}),
    "hinge": (dict(objective="binary:hinge"), TWO, {}),
    "poisson": (dict(objective="count:poisson"), COUNTS, {}),
    "gamma": (dict(objective="reg:gamma"), POSITIVE, {}),
    "tweedie": (dict(objective="reg:tweedie"), COUNTS, {}),
    "cox": (dict(objective="survival:cox"), POSITIVE, {}),
    "aft": (dict(objective="survival:aft"), POSITIVE, dict(bounds=True)),
    "softprob": (dict(objective="multi:softprob", num_class=4), FOUR, dict(rounds=3)),
    "softmax": (dict(objective="multi:softmax", num_class=4), FOUR, dict(rounds=3)),
    "ndcg": (dict(objective="rank:ndcg"), FOUR, dict(group=True)),
    "pairwise": (dict(objective="rank:pairwise"), FOUR, dict(group=True)),
    "categories": (dict(objective="binary:logistic", max_cat_to_onehot=3), TWO, dict(categorical=[5])),
    "categories-onehot": (dict(objective="binary:logistic", max_cat_to_onehot=50), TWO, dict(categorical=[5])),
    "dart": (dict(objective="binary:logistic", booster="dart", rate_drop=0.3), TWO, {}),
    "random-forest": (dict(objective="binary:logistic", num_parallel_tree=7, subsample=0.6, eta=1), TWO, dict(rounds=2)),
    "multi-target": (dict(objective="reg:squarederror"), None, dict(targets=2, rounds=3)),
    "lossguide": (dict(objective="binary:logistic", grow_policy="lossguide", max_leaves=90, max_depth=0), TWO, dict(rounds=2)),
}


def save(folder, name, values, raw, prediction, contributions, **facts):
    at = folder / name
    at.mkdir(parents=True, exist_ok=True)
    values.astype("<f8").tofile(at / "rows.bin")
    raw.tofile(at / "raw.bin")
    prediction.tofile(at / "prediction.bin")
    kind = str(raw.dtype)
    assert str(prediction.dtype) == kind, (name, raw.dtype, prediction.dtype)
    if contributions is not None:
        # One list for each sum: the features' contributions, then the base value.
        contributions.reshape(len(values), -1, FEATURES + 1).astype("<f8").tofile(at / "contributions.bin")
    (at / "case.json").write_text(json.dumps(dict(rows=len(values), features=FEATURES, numbers=kind, **facts)) + "\n")
    return at


def lightgbm_case(folder, name, rows, times, explains):
    settings, target, more = LIGHTGBM[name]
    x, y, r = training(more.get("rows", 1500))
    label = y if target is None else target(y)
    params = {**SMALL, **settings}
    if settings["objective"] == "custom":
        params["objective"] = lambda predicted, data: (predicted - data.get_label(), np.ones(len(predicted)))
    data = lgb.Dataset(x, label, categorical_feature=more.get("categorical", []), group=[50] * (len(x) // 50) if more.get("group") else None, params=params)
    booster = lgb.train(params, data, more.get("rounds", 3) * times)
    at = folder / f"lightgbm-{name}"
    at.mkdir(parents=True, exist_ok=True)
    booster.save_model(at / "model.txt")
    # The trainer's answers are those of the file as it reads it.
    booster = lgb.Booster(model_file=str(at / "model.txt"))
    models = ["model.txt"]
    if name in ("binary", "multiclass", "categories", "zero-as-missing", "no-missing", "linear", "random-forest", "stump", "missing-alone"):
        (at / "model.json").write_text(json.dumps(booster.dump_model(), separators=(",", ":")))
        models.append("model.json")
    values = scoring(rows, lightgbm_thresholds(booster), True)
    raw = booster.predict(values, raw_score=True, num_threads=2)
    prediction = booster.predict(values, num_threads=2)
    # LightGBM refuses contributions of linear trees.
    explains = explains and not settings.get("linear_tree")
    contributions = booster.predict(values, pred_contrib=True, num_threads=2) if explains else None
    save(folder, f"lightgbm-{name}", values, raw, prediction, contributions, models=models)


def xgboost_case(folder, name, rows, times, explains):
    settings, target, more = XGBOOST[name]
    x, y, r = training()
    label = y if target is None else target(y)
    if more.get("targets"):
        label = np.column_stack([label, -label * 2])
    types = ["c" if f in more.get("categorical", []) else "float" for f in range(FEATURES)]
    names = [f"x{f}" for f in range(FEATURES)]

    def matrix(values, label=None):
        return xgb.DMatrix(values, label, feature_names=names, feature_types=types, enable_categorical=True)

    data = matrix(x, None if more.get("bounds") else label)
    if more.get("bounds"):
        data.set_float_info("label_lower_bound", label)
        data.set_float_info("label_upper_bound", label)
    if more.get("group"):
        data.set_group([50] * (len(x) // 50))
    booster = xgb.train({**DEPTH, **settings}, data, more.get("rounds", 3) * times)
    at = folder / f"xgboost-{name}"
    at.mkdir(parents=True, exist_ok=True)
    models = ["model.ubj"]
    booster.save_model(at / "model.ubj")
    if name in ("base-score", "binary", "softprob", "categories", "dart"):
        booster.save_model(at / "model.json")
        models.append("model.json")
    booster = xgb.Booster(model_file=str(at / "model.ubj"))
    values = scoring(rows, xgboost_thresholds(booster), False)
    values = values.astype(np.float32).astype(np.float64)
    for f in more.get("categorical", []):
        # The trainer refuses categories below 0.
        values[:, f] = np.where(values[:, f] < 0, 3, np.minimum(values[:, f], 16e6))
    given = matrix(values)
    raw = booster.predict(given, output_margin=True)
    prediction = booster.predict(given)
    contributions = booster.predict(given, pred_contribs=True) if explains else None
    save(folder, f"xgboost-{name}", values, raw, prediction, contributions, models=models)


def frame_case(folder, first="Köln"):
    """Models of a pandas data frame with texts and numbers as categories, rows with unknown and missing ones, and the answers to them."""
    r = np.random.default_rng(5)

    def frame(rows):
        return pd.DataFrame(
            {
                "amount": r.normal(size=rows),
                "age in days": np.where(r.random(rows) < 0.2, np.nan, r.integers(0, 90, rows)),
                "city": pd.Categorical(r.choice([first, "Paris", "Rome", "a, b"], rows)),
                "shop": pd.Categorical(r.choice([10, 20, 30], rows)),
            }
        )

    x = frame(1500)
    y = (x["amount"] + (x["city"] == first) + (x["shop"].astype(int) == 20) > 0.7).astype(int)
    at = folder if folder.name == "plain" else folder / "frame"
    at.mkdir(parents=True, exist_ok=True)
    data = lgb.Dataset(x, y)
    by_lightgbm = lgb.train({**SMALL, "objective": "binary", "min_data_per_group": 5, "cat_smooth": 1}, data, 5)
    by_lightgbm.save_model(at / "model.txt")
    by_xgboost = xgb.XGBClassifier(n_estimators=8, max_depth=3, enable_categorical=True, early_stopping_rounds=2, learning_rate=1, n_jobs=1)
    by_xgboost.fit(x, y, eval_set=[(frame(300), r.integers(0, 2, 300))], verbose=False)
    by_xgboost.save_model(at / "model.ubj")
    assert by_xgboost.best_iteration + 1 < by_xgboost.get_booster().num_boosted_rounds()
    rows = frame(60)
    given = rows.copy()
    for name, values in (("city", {3: "Berlin", 4: None, 5: ""}), ("shop", {6: 99, 7: None})):
        given[name] = given[name].astype(object)
        for row, value in values.items():
            given.loc[row, name] = value
        rows[name] = rows[name].cat.set_categories(rows[name].cat.categories)
        for row in values:
            rows.loc[row, name] = None
    given.to_csv(at / "rows.csv", index=False)
    answers = dict(
        lightgbm=by_lightgbm.predict(rows).tolist(),
        lightgbm_raw=by_lightgbm.predict(rows, raw_score=True).tolist(),
        xgboost=by_xgboost.predict_proba(rows)[:, 1].astype(float).tolist(),
        xgboost_all=by_xgboost.get_booster().predict(xgb.DMatrix(rows, enable_categorical=True)).astype(float).tolist(),
    )
    (at / "answers.json").write_text(json.dumps(answers) + "\n")
    return at


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--times", type=int, default=1, help="rounds of training, as a multiple of the small models'")
    parser.add_argument("--only", default="", help="the name of one case, or frame")
    parser.add_argument("--answers", action="store_true", help="without contributions, which take the trainers hours for a million rows")
    parser.add_argument("--ask", action="store_true", help="make the cases named in lines of standard input, and print each name when it is made")
    args = parser.parse_args()
    trainers = (("lightgbm", LIGHTGBM, lightgbm_case), ("xgboost", XGBOOST, xgboost_case))
    makers = {f"{prefix}-{name}": (make, name) for prefix, cases, make in trainers for name in cases}

    def make_case(name):
        make, own = makers[name]
        make(args.folder, own, args.rows, args.times, not args.answers)

    if args.ask:
        for line in sys.stdin:
            make_case(line.strip())
            print(line.strip(), flush=True)
        return
    for name in makers:
        if args.only in ("", name):
            make_case(name)
    if args.only in ("", "frame"):
        at = frame_case(args.folder)
        # XGBoost 3.2 saves texts beyond ASCII damaged.
        frame_case(at / "plain", first="Oslo")


main()
