import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InvalidError } from '../../../src/errors.js';
import { describeModel } from '../../../src/model/describe-model.js';
import { ModelFault } from '../../../src/model/trees/model-value.js';
import { readTrees, treeFormat } from '../../../src/model/trees/read-trees.js';
import { type FileTree, rule, tableBuilder } from '../../../src/model/trees/tree-table.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { casesFolder } from './tree-cases.js';

const timeout = 20_000;
const lightgbm = readFileSync(join(casesFolder, 'lightgbm-categories/model.txt'), 'utf8');
const lightgbmJson = readFileSync(join(casesFolder, 'lightgbm-categories/model.json'), 'utf8');
const linear = readFileSync(join(casesFolder, 'lightgbm-linear/model.txt'), 'utf8');
const xgboost = readFileSync(join(casesFolder, 'xgboost-categories/model.json'), 'utf8');

const read = (text: string | Buffer) => {
  const bytes = Buffer.from(text as string);
  return readTrees(bytes, treeFormat(bytes)!, 'model', 'auto');
};

/** Refuses `text` with `from` replaced by `to` in one line that matches `expected`. */
function refuses(text: string, from: string | RegExp, to: string, expected: RegExp): void {
  const changed = text.replace(from, to);
  assert.notEqual(changed, text, `the model has no ${from}`);
  assert.throws(
    () => read(changed),
    (error) => {
      assert.ok(error instanceof InvalidError, String(error));
      assert.equal(error.reason, 'model-unreadable');
      assert.doesNotMatch(error.message, /\n/);
      assert.match(error.message, expected);
      return true;
    },
  );
}

test('refuses a model of LightGBM that is cut short, wherever it is', { timeout }, () => {
  const end = lightgbm.indexOf('end of trees') + 'end of trees'.length;
  for (let length = 20; length < end; length += 13)
    assert.throws(() => read(lightgbm.slice(0, length)), InvalidError, `${length} characters`);
  const parameters = lightgbm.indexOf('parameters:');
  for (let length = parameters + 12; length < lightgbm.indexOf('end of parameters'); length += 101)
    assert.throws(() => read(lightgbm.slice(0, length)), /ends within the parameters/);
  // Categories of pandas come last: a file without them would score their numbers as they are.
  for (let length = end; length < parameters; length += 7)
    assert.throws(
      () => read(lightgbm.slice(0, length)),
      /ends before its parameters/,
      `${length} characters`,
    );
  const pandas = lightgbm.indexOf('pandas_categorical:');
  for (let length = pandas + 1; length < lightgbm.length - 1; length++)
    assert.throws(() => read(lightgbm.slice(0, length)), /"pandas_categorical" .*breaks off/, `${length}`);
});

test('refuses a model in JSON that is cut short, wherever it is', { timeout }, () => {
  for (const text of [lightgbmJson, xgboost]) {
    for (let length = 30; length < text.length; length += 97)
      assert.throws(() => read(text.slice(0, length)), /at byte \d+/, `${length} characters`);
  }
});

test('refuses nodes of LightGBM that form no tree', { timeout }, () => {
  refuses(lightgbm, /left_child=\S+/, 'left_child=0', /tree 0: node 0 is reached twice, so it is not a tree/);
  refuses(lightgbm, /left_child=\S+/, 'left_child=70', /tree 0: a child is node 70, outside of the tree/);
  refuses(lightgbm, /left_child=\S+/, 'left_child=-70', /tree 0: a child is leaf 69, outside of the tree/);
  refuses(lightgbm, /left_child=\S+/, 'left_child=1.5', /tree 0: a child is node 1.5, outside of the tree/);
  refuses(lightgbm, /left_child=\S+/, 'left_child=1e300', /tree 0: a child is node 1e\+300, outside/);
  refuses(
    lightgbm,
    /split_feature=\S+/,
    'split_feature=7',
    /tree 0: node 0 tests feature 7, but there are 7/,
  );
  refuses(
    lightgbm,
    /threshold=\S+/,
    'threshold=nan',
    /"threshold" of tree 0: "nan" is not a number, at line \d+/,
  );
  refuses(
    lightgbm,
    /leaf_value=\S+/,
    'leaf_value=1e999',
    /"leaf_value" of tree 0: 1e999 is too large for a number, at line \d+/,
  );
  refuses(
    lightgbm,
    /leaf_value=\S+ /,
    'leaf_value=',
    /"leaf_value" of tree 0: it has 7 values, expected 8, at line \d+/,
  );
  refuses(lightgbm, /decision_type=\S+/, 'decision_type=12', /the decision type 12/);
  refuses(
    lightgbm,
    /cat_boundaries=0 \d+/,
    'cat_boundaries=0 99999999999',
    /"cat_boundaries" of a tree end with 99999999999|cat_threshold/,
  );
  refuses(
    lightgbm,
    /num_leaves=8/,
    'num_leaves=99999999999',
    /"num_leaves" of tree 0: "99999999999" is not a whole number/,
  );
  refuses(lightgbm, 'Tree=1', 'Tree=2', /tree 2 follows where tree 1 is expected, at line \d+/);
  refuses(
    lightgbm,
    /leaf_value=/,
    'num_leaves=8\nleaf_value=',
    /"num_leaves" of tree 0 occurs twice, the second time at line \d+/,
  );
  refuses(lightgbm, /tree_sizes=\d+ /, 'tree_sizes=', /declares 2 trees but has 3/);
  refuses(
    lightgbm,
    /objective=binary/,
    'objective=mystery',
    /its objective "mystery sigmoid:1" is not supported/,
  );
  refuses(lightgbm, /sigmoid:1/, 'sigmoid:-1', /has no usable "sigmoid"/);
  refuses(lightgbm, /max_feature_idx=6/, 'max_feature_idx=3', /"feature_names" has 7 names, expected 4/);
  refuses(
    lightgbm,
    /pandas_categorical:.*/,
    'pandas_categorical:[["a"],["b"],["c"]]',
    /categories of 3 columns, but 1 of its features/,
  );
  refuses(
    lightgbm,
    /pandas_categorical:.*/,
    'pandas_categorical:[["a"',
    /"pandas_categorical" is not a list of lists/,
  );
  refuses(
    linear,
    /leaf_features=\S+/,
    'leaf_features=9',
    /uses feature 9, but there are 7|it has \d+ values/,
  );
  refuses(linear, /leaf_const=\S+/, 'leaf_const=inf', /"leaf_const" of tree 0: "inf" is not a number/);
});

test('refuses what LightGBM does not write to JSON', { timeout }, () => {
  refuses(
    lightgbmJson,
    '"name":"tree",',
    '"name":"tree","name":"tree",',
    /the key "name" occurs twice, the second time at byte 15/,
  );
  refuses(lightgbmJson, /"threshold":[-\d.e]+/, '"threshold":NaN', /the value NaN/);
  refuses(lightgbmJson, /"split_feature":\d/, '"split_feature":70', /tests feature 70, but there are 7/);
  refuses(lightgbmJson, /"leaf_value":[-\d.e]+/, '"leaf_value":"x"', /"leaf_value" of .* is not a number/);
  refuses(lightgbmJson, '"left_child"', '"left_children"', /is not an object/);
  refuses(
    lightgbmJson,
    /"num_leaves":\d+/,
    '"num_leaves":3',
    /tree 0 has \d+ leaves, but "num_leaves" says 3/,
  );
  const deep = `${'{"split_feature":0,"decision_type":"<=","missing_type":"None","threshold":0,"left_child":'.repeat(100_000)}`;
  refuses(
    lightgbmJson,
    /"tree_structure":\{/,
    `"tree_structure":${deep}{`,
    /more than 1000 nested lists and objects at byte/,
  );
});

test('reads a set of very many categories', { timeout }, () => {
  const categories = Array.from({ length: 300_000 }, (_, i) => i).join('||');
  const { table } = read(lightgbmJson.replace(/"threshold":"[\d|]+"/, `"threshold":"${categories}"`));
  assert.ok(table.setWords.length > 9000);
});

test('refuses what XGBoost does not write', { timeout }, () => {
  refuses(
    xgboost,
    /"left_children":\[1/,
    '"left_children":[0',
    /tree 0: the children of node 0 are not neighbors/,
  );
  refuses(
    xgboost,
    /"default_left":\[/,
    '"default_left":[0,',
    /"default_left" of tree 0 has \d+ values, expected \d+/,
  );
  refuses(
    xgboost,
    /"split_indices":\[\d/,
    '"split_indices":[9',
    /tree 0: node 0 tests feature 9, but there are 7/,
  );
  refuses(xgboost, /"split_type":\[\d/, '"split_type":[3', /tree 0: node 0 has the type 3/);
  refuses(
    xgboost,
    /"categories_sizes":\[\d/,
    '"categories_sizes":[99',
    /the categories of node \d+ lie outside of the list/,
  );
  refuses(xgboost, /"categories":\[\d/, '"categories":[-', /is not a whole number|is not a number/);
  refuses(
    xgboost,
    /"tree_info":\[0/,
    '"tree_info":[4',
    /tree 0: it adds to class or target 4, but there are 1/,
  );
  refuses(xgboost, /"num_nodes":"\d+"/, '"num_nodes":"99999999"', /expected 99999999/);
  refuses(
    xgboost,
    /"num_feature":"7","num_target"/,
    '"num_feature":"99999999","num_target"',
    /the number of features is 99999999|"feature_names" has 7/,
  );
  refuses(xgboost, /"size_leaf_vector":"1"/, '"size_leaf_vector":"3"', /tree 0 has several values in a leaf/);
  refuses(xgboost, /"name":"gbtree"/, '"name":"gblinear"', /its booster is "gblinear", but only trees/);
  refuses(xgboost, /"name":"binary:logistic"/, '"name":"my:own"', /its objective "my:own" is not supported/);
  refuses(
    xgboost,
    /"base_score":"[^"]+"/,
    '"base_score":"[2E0,oops]"',
    /"base_score" is "\[2E0,oops\]", not numbers/,
  );
  refuses(
    xgboost,
    /"base_score":"[^"]+"/,
    '"base_score":"[1E-1,2E-1]"',
    /"base_score" has 2 values for 1 classes or targets/,
  );
  refuses(
    xgboost,
    /"iteration_indptr":\[0/,
    '"iteration_indptr":[1',
    /"iteration_indptr" does not count the 3 trees/,
  );
  refuses(xgboost, /"learner":/, '"learner":{},"learner":', /the key "learner" occurs twice/);
  refuses(xgboost, /"trees":/, '"tree":', /"trees" of .* is missing|is not a list/);
});

test('bounds trees and features, without memory for what is only declared', { timeout }, () => {
  const stub: FileTree = {
    group: 0,
    root: -1,
    feature: [],
    threshold: [],
    left: [],
    right: [],
    rule: [],
    set: () => new Uint32Array(0),
    leaves: [1],
    linear: null,
  };
  const builder = tableBuilder('float64', 1, 1);
  assert.throws(() => {
    for (let i = 0; i < 1_000_000; i++) builder.add(stub);
  }, /there are more than 500000 trees/);
  assert.throws(() => tableBuilder('float64', 2_000_000_000, 1), /the number of features is 2000000000/);
  assert.throws(() => tableBuilder('float64', 1, 0), /the number of classes or targets is 0/);
  const cycle = {
    ...stub,
    root: 0,
    feature: [0, 0],
    threshold: [1, 1],
    left: [1, 0],
    right: [-1, -1],
    rule: [rule.below, rule.below],
  };
  assert.throws(() => tableBuilder('float32', 1, 1).add(cycle), ModelFault);
});

test('refuses counts that lie, numbers beyond their type, and two features of one name', { timeout }, () => {
  const cases: readonly (readonly [text: string, from: RegExp | string, to: string, expected: RegExp])[] = [
    [lightgbm, /feature_names=(\S+) \S+/, 'feature_names=$1 $1', /two of its features are named "Column_0"/],
    [lightgbm, /feature_names=.*\n/, '', /the header has no "feature_names"/],
    [
      lightgbm,
      /threshold=\S+/,
      'threshold=1e999',
      /"threshold" of tree 0: 1e999 is too large for a number, at line/,
    ],
    [lightgbm, /num_leaves=8/, 'num_leaves=0', /"num_leaves" of tree 0: "0" is not a whole number from 1/],
    [lightgbm, /num_leaves=8/, 'num_leaves=-1', /"num_leaves" of tree 0: "-1" is not a whole number from 1/],
    [
      lightgbm,
      /num_leaves=8/,
      'num_leaves=7',
      /"decision_type" of tree 0: it has 7 values, expected 6, at line/,
    ],
    [lightgbm, /num_cat=\d+/, 'num_cat=-1', /"num_cat" of tree 0: "-1" is not a whole number from 0/],
    [lightgbm, /num_cat=\d+/, 'num_cat=99', /"cat_boundaries" of tree 0: it has 2 values, expected 100/],
    [lightgbm, /num_tree_per_iteration=\d+/, 'num_tree_per_iteration=0', /"0" is not a whole number from 1/],
    [lightgbm, /pandas_categorical:.*/, 'pandas_categorical:[["a","a"]]', /hold one of them twice/],
    [
      lightgbmJson,
      /"feature_names":\["([^"]*)","[^"]*"/,
      '"feature_names":["$1","$1"',
      /are named "Column_0"/,
    ],
    [lightgbmJson, /"feature_names":\[[^\]]*\],/, '', /"feature_names" is missing/],
    [
      lightgbmJson,
      /"threshold":[-\d.e]+/,
      '"threshold":1e999',
      /1e999 is too large for a number at byte \d+/,
    ],
    [lightgbmJson, /"num_class":\d+/, '"num_class":-1', /"num_class" is -1, not 1 or more/],
    [lightgbmJson, /"num_tree_per_iteration":\d+/, '"num_tree_per_iteration":0', /" is 0, not 1 or more/],
    [lightgbmJson, /"threshold":"[\d|]+"/, '"threshold":"-3"', /a node of tree 0 has the categories "-3"/],
    [lightgbmJson, /"threshold":"[\d|]+"/, '"threshold":"99999999999"', /has the categories "99999999999"/],
    [
      xgboost,
      /"feature_names":\[[^\]]*\]/,
      `"feature_names":${JSON.stringify([...'abcdea'].concat('f'))}`,
      /named "a"/,
    ],
    [
      xgboost,
      /"feature_names":\[[^\]]*\]/,
      '"feature_names":["a"]',
      /"feature_names" has 1 names for 7 features/,
    ],
    [
      xgboost,
      /"split_conditions":\[[^,]+/,
      '"split_conditions":[1e999',
      /1e999 is too large for a number at byte/,
    ],
    [
      xgboost,
      /"split_conditions":\[[^,]+/,
      '"split_conditions":[1e39',
      /value of node 0 is 1e\+39, not a number of/,
    ],
    [xgboost, /"num_trees":"\d+"/, '"num_trees":"1"', /"num_trees" is 1, and there are 3 trees/],
    [xgboost, /"num_class":"\d+"/, '"num_class":"-1"', /"num_class" is -1, not 0 or more/],
    [xgboost, /"num_target":"\d+"/, '"num_target":"0"', /"num_target" is 0, not 1 or more/],
    [
      xgboost,
      /"num_nodes":"\d+"/,
      '"num_nodes":"-3"',
      /"left_children" of tree 0 has \d+ values, expected -3/,
    ],
    [xgboost, /"base_score":"[^"]+"/, '"base_score":"1e999"', /"base_score" is "1e999", not numbers/],
    [xgboost, /"base_score":"[^"]+"/, '"base_score":"[]"', /"base_score" is "\[\]", not numbers/],
    [
      xgboost,
      /"categories":\[\d+/,
      '"categories":[4000000000',
      /a category of node \d+ is not a whole number from 0/,
    ],
    [xgboost, /"categories_segments":\[\d+/, '"categories_segments":[1000', /lie outside of the list/],
    [xgboost, /$/, 'x', /more text after the end of the model at byte \d+/],
  ];
  for (const [text, from, to, expected] of cases) refuses(text, from, to, expected);
});

test('reads a model with the mark of UTF-8, and with the line ends of Windows', { timeout }, () => {
  const mark = Buffer.from([0xef, 0xbb, 0xbf]);
  for (const text of [lightgbm, lightgbmJson, xgboost]) {
    const { table } = read(text);
    assert.deepEqual(read(Buffer.concat([mark, Buffer.from(text)])).table, table);
    if (text !== xgboost) assert.deepEqual(read(text.replaceAll('\n', '\r\n')).table, table);
  }
});

test('says of other files of trees what they are', { timeout }, async () => {
  const folder = temporaryFolder();
  const catboost = { features_info: { float_features: [] }, oblivious_trees: [{ leaf_values: [1, 2] }] };
  const files: readonly (readonly [name: string, bytes: Uint8Array, expected: RegExp])[] = [
    ['model.txt.gz', gzipSync(lightgbm), /is compressed$/],
    ['model.json.gz', gzipSync(xgboost), /is compressed$/],
    ['utf-16.txt', Buffer.from(`\ufeff${lightgbm}`, 'utf16le'), /is text in UTF-16/],
    ['catboost.json', Buffer.from(JSON.stringify(catboost)), /is a CatBoost model$/],
    ['deep.json', Buffer.from('['.repeat(100_000)), /is not an ONNX file but text$/],
  ];
  for (const [name, bytes, expected] of files) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    await assert.rejects(describeModel(path), (error) => {
      assert.ok(error instanceof InvalidError && error.hint !== null, String(error));
      assert.match(error.message, expected);
      return true;
    });
  }
});

test('refuses an ONNX tree whose threshold is not a number, and leaves other damage to the runtime', {
  timeout,
}, async () => {
  const bytes = readFileSync('test/fixtures/exports/lightgbm-binary.onnx');
  const threshold = Buffer.alloc(4);
  threshold.writeFloatLE(Math.fround(0.3540468429023092));
  const at = bytes.indexOf(threshold);
  assert.ok(at > 0);
  const path = join(temporaryFolder(), 'model.onnx');
  const damaged = Buffer.from(bytes);
  damaged.writeFloatLE(Number.NaN, at);
  writeFileSync(path, damaged);
  await assert.rejects(
    describeModel(path),
    /has trees that cannot be scored: the threshold of node \d of tree 0 of "[^"]+" is not a number$/,
  );
});
