/** Advice by code of a finding; codes without an entry only need a look. */
const advice: Readonly<Record<string, string>> = {
  'unknown-category':
    'ask the data provider what the values mean; add new ones to "categories", or give them "unknown: { as: ... }"',
  'unmapped-value':
    'ask the data provider what the values mean; add new ones to "map", or give them a value with "unknown: { fill: ... }"',
  'undefined-value':
    'look at the values in the problems, and say in the expression what they mean: if(b == 0, 0, a / b)',
  'out-of-range': 'ask the data provider whether the unit or the layout of the column has changed',
  unreadable: 'ask the data provider whether the layout of the column has changed',
  overflow:
    'ask the data provider whether the unit of the column has changed, or give it a wider type; "type: string" keeps whole numbers beyond int64 exactly',
  'mixed-units': 'ask the data provider for numbers in one unit, or for a column that names the unit',
  shortened: 'set "type: string" for the column to keep the values exactly, or a type that is wide enough',
  'repeated-key': 'check whether rows or files were delivered more than once',
  'missing-key': 'ask the data provider for the keys',
  'missing-watermark': 'ask the data provider for the values: without one, a row is never scored',
  'late-rows': 'run the dates that are named again with --force: each takes the rows that belong to it',
  'short-row': 'check the rows in the input: their format differs from the rest',
  'long-row': 'check the rows in the input: their format differs from the rest',
  'invalid-utf8': 'ask the data provider for the encoding, and set it with "input.csv.encoding"',
  'invalid-json': 'ask the data provider for one JSON object per line',
  'not-an-object': 'ask the data provider for rows as objects, with the columns as keys',
  'repeated-name': 'ask the data provider for each key once in an object',
  'repeated-header': 'check whether files were joined, and whether rows were delivered more than once',
  'truncated-row': 'copy the file again, then run again',
  'repeated-input': 'check whether an earlier file was delivered again, then run again',
  'inputs-not-compared':
    'if the list is damaged, run "nightshift finish" with its date, which writes it again; "quality.repeated_input: ignore" compares no inputs',
  'stale-input': 'find out why there is no newer file',
  'stale-baseline': 'write a new baseline with: nightshift profile JOB',
  'stale-model': 'train the model again, or raise "quality.max_age"',
  drift:
    'check the column on the page; if the change is right, write a new baseline with: nightshift profile JOB',
  max_drift:
    'check the column on the page; if the change is right, write a new baseline with: nightshift profile JOB',
  'absent-feature': 'ask the data provider for the column',
  'empty-feature': 'ask the data provider for the values of the column',
  empty_features: 'ask the data provider for the values of the column',
  constant_features: 'ask the data provider for the column; if one value is right, set its "max_drift: null"',
  max_null:
    'ask the data provider for the values; if this many may be missing, set "missing" or "max_null" for the column',
  'constant-score': 'check the features on the page: the model sees no difference between rows',
  'not-finite': 'check the features of those rows: _problems names them',
  max_flagged: 'check the column in the sentence, or set a suitable limit with "quality.max_flagged"',
  max_rejected: 'look at the rejected rows, and ask the data provider whether the layout has changed',
  max_repaired: 'look at the repairs on the page, and ask the data provider whether the layout has changed',
  'unlike-earlier-runs': 'check whether the input is complete, and what has changed in it',
  min_rows: 'check whether the input is complete',
  max_row_change: 'check whether the input is complete',
  'no-input': 'check "input.path", and whether the data has arrived',
  'no-rows': 'find out why there is no data; "input.on_empty" sets how such a run ends',
};

/** Returns what to do about a finding of `code`; `otherwise` if there is no advice for its code. */
export function adviceFor(code: string, otherwise = 'look at the page before the scores are used'): string {
  return advice[code] ?? otherwise;
}
