import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { said, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';

const timeout = 180_000;
const python = process.env['NIGHTSHIFT_PYTHON'] ?? 'python3';
const isThere = spawnSync(python, ['-c', 'import pandas, pyarrow']).status === 0;
const skip = isThere ? false : 'needs Python with pandas and pyarrow: name it in NIGHTSHIFT_PYTHON';

/** 100,000 rows from 1950 to 2040, 5 % of each column missing; infinities come of divisions by zero. */
const made = `
import numpy as np, pandas as pd, sys
rng, n = np.random.default_rng(19), 100_000
def holes(values):
    return pd.Series(values).mask(rng.random(n) < 0.05)
at = holes(pd.to_datetime(rng.integers(-631152000, 2208988800, n), unit="s"))
texts = np.array(["JFK", "lga", "EWR", "Zürich", "new york", "東京", "straße"], dtype=object)
frame = pd.DataFrame({
    "id": np.arange(n), "x": np.float32(rng.normal(size=n)),
    "a": holes(np.round(rng.normal(0, 100, n), 2)), "b": holes(rng.integers(-5, 6, n).astype(float)),
    "at": at, "until": at + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
    "t": pd.Series(texts[rng.integers(0, len(texts), n)]).mask(rng.random(n) < 0.05),
})
frame.to_parquet(sys.argv[1] + "/in.parquet", index=False)
csv = frame.copy()
for name in ("at", "until"):
    csv[name] = csv[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
with open(sys.argv[1] + "/in.csv", "w", encoding="utf-8") as out:
    out.write(",".join(csv.columns) + "\\n")
    for row in csv.itertuples(index=False):
        out.write(",".join("" if v is None or v != v else str(v) for v in row) + "\\n")
`;

/** Each derived column with its expression, what it is in pandas, and its type if it is not float64. */
const columns: Record<string, readonly [from: string, pandas: string, more?: object]> = {
  year: ['year(at)', 'at.dt.year'],
  quarter: ['quarter(at)', 'at.dt.quarter'],
  month: ['month(at)', 'at.dt.month'],
  day: ['day(at)', 'at.dt.day'],
  week: ['week(at)', 'at.dt.isocalendar().week'],
  weekday: ['weekday(at)', 'at.dt.dayofweek + 1'],
  day_of_year: ['day_of_year(at)', 'at.dt.dayofyear'],
  hour: ['hour(at)', 'at.dt.hour'],
  minute: ['minute(at)', 'at.dt.minute'],
  second: ['second(at)', 'at.dt.second'],
  new_york: ['hour(local(at, "America/New_York"))', 'zone("America/New_York").dt.hour'],
  kolkata: ['minute(local(at, "Asia/Kolkata"))', 'zone("Asia/Kolkata").dt.minute'],
  lord_howe: ['hour(local(at, "Australia/Lord_Howe"))', 'zone("Australia/Lord_Howe").dt.hour'],
  kyiv_day: ['day(local(at, "Europe/Kyiv"))', 'zone("Europe/Kyiv").dt.day'],
  waited: ['until - at', '(f["until"] - at).dt.total_seconds()'],
  sum: ['a + b', 'a + b'],
  difference: ['a - b', 'a - b'],
  product: ['a * b', 'a * b'],
  ratio: ['a / (b + 6)', 'a / (b + 6)'],
  rest: ['a % 7', 'np.fmod(a, 7)'],
  root: ['sqrt(abs(a))', 'np.sqrt(a.abs())'],
  square: ['power(b, 2)', 'b ** 2'],
  floor: ['floor(a)', 'np.floor(a)'],
  ceil: ['ceil(a)', 'np.ceil(a)'],
  least: ['min(a, b)', 'np.minimum(a, b)'],
  most: ['max(a, b)', 'np.maximum(a, b)'],
  bin: ['bin(a, -100, 0, 50)', 'pd.Series(np.digitize(a, [-100, 0, 50])).where(a.notna())'],
  either: ['coalesce(a, b, 0)', 'a.fillna(b).fillna(0)'],
  choice: ['if(a > b, a, b)', 'pd.Series(np.where(a > b, a, b)).where(a.notna() & b.notna())'],
  is_above: ['a > b', '(a > b).astype(float).where(a.notna() & b.notna())'],
  lacks: ['is_missing(t)', 't.isna().astype(float)'],
  length: ['length(t)', 't.str.len()'],
  has: ['contains(t, "r")', 't.str.contains("r", regex=False).astype("float").where(t.notna())'],
  lower: ['lower(t)', 't.str.lower()', { type: 'string' }],
  upper: ['upper(t)', 't.map(str.upper, na_action="ignore")', { type: 'string' }],
  trimmed: ['trim(concat(" ", t))', '(" " + t).str.strip()', { type: 'string' }],
  joined: ['concat(t, "-")', 't + "-"', { type: 'string' }],
  map: [
    't',
    't.map({"JFK": 1.0, "lga": 2.0, "EWR": 3.0}).fillna(9.0).where(t.notna())',
    { map: { JFK: 1, lga: 2, EWR: 3 }, unknown: { fill: 9 } },
  ],
};
/** Differ from the C library's in the last bit here and there. */
const inexact: typeof columns = {
  log1p: ['log1p(abs(a))', 'np.log1p(a.abs())'],
  exp: ['exp(b)', 'np.exp(b)'],
};

const compared = `
import json, numpy as np, pandas as pd, sys
f = pd.read_parquet(sys.argv[1] + "/in.parquet")
out = pd.read_parquet(sys.argv[2]).sort_values("id").reset_index(drop=True)
assert len(out) == len(f) and (out.id == f.id).all()
a, b, at, t = f.a, f.b, f["at"], f.t
zone = lambda name: at.dt.tz_localize("UTC").dt.tz_convert(name)
wrong = {}
for name, expression, ulps in json.loads(sys.argv[3]):
    expected, found = pd.Series(eval(expression)), out[name]
    if found.dtype == object or str(found.dtype).startswith("str"):
        same = (found == expected) | (found.isna() & expected.isna())
    else:
        e, g = expected.astype(float), found.astype(float)
        same = (e == g) | (e.isna() & g.isna()) | ((e - g).abs() <= ulps * np.spacing(e.abs()))
    same = same.fillna(False).astype(bool)
    if not same.all():
        i = int((~same).to_numpy().argmax())
        wrong[name] = [int((~same).sum()), str(expected[i]), str(found[i]), str(f.iloc[i].to_dict())]
print(json.dumps(wrong))
`;

describe('derived columns are those of pandas on 100,000 rows with missing values and time zones', () => {
  for (const format of ['parquet', 'csv'])
    it(`from ${format}`, { timeout, skip }, async () => {
      const dir = workdir();
      const wrote = spawnSync(python, ['-c', made, dir.path], { encoding: 'utf8' });
      assert.equal(wrote.status, 0, wrote.stderr);
      dir.write('m.onnx', await echoModel('x'));
      const all = { ...columns, ...inexact };
      const derived = Object.entries(all).map(([name, [from, , more]]) => [
        name,
        { from, ...(more ?? { type: 'float64' }) },
      ]);
      const ran = runJob(dir, {
        input: { path: `in.${format}` },
        columns: {
          id: { type: 'int64' },
          a: { type: 'float64' },
          b: { type: 'float64' },
          at: { type: 'timestamp' },
          until: { type: 'timestamp' },
          t: { type: 'string' },
          ...Object.fromEntries(derived),
        },
        output: { path: 'out', columns: ['id', ...Object.keys(all)] },
      });
      assert.equal(ran.code, 0, said(ran));
      const asked = Object.entries(all).map(([name, [, pandas]]) => [name, pandas, name in inexact ? 2 : 0]);
      const checked = spawnSync(
        python,
        ['-c', compared, dir.path, `${dir.path}/out/part-in.parquet`, JSON.stringify(asked)],
        { encoding: 'utf8' },
      );
      assert.equal(checked.status, 0, checked.stderr);
      assert.deepEqual(JSON.parse(checked.stdout), {});
    });
});
