import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { TensorData, TensorType } from '../../src/chunk/tensor.js';
import { InvalidError } from '../../src/errors.js';
import { createFeeds } from '../../src/features/create-feeds.js';
import { MappingError } from '../../src/features/mapping-error.js';
import { planFeatures } from '../../src/features/plan-features.js';
import { planOutputs } from '../../src/features/plan-outputs.js';
import { describeModel } from '../../src/model/describe-model.js';
import { loadCodec, type OnnxCodec, type TensorProto } from '../../src/model/onnx-messages.js';
import { elementTypes } from '../../src/model/onnx-schema.js';
import { openScorer } from '../../src/model/open-scorer.js';
import { planScorer } from '../../src/model/plan-scorer.js';
import { prepareModel } from '../../src/model/prepare-model.js';
import { fromFloat16 } from '../../src/text/float16.js';
import { asTable, type CaseTensor } from './cases.js';

const root = '../shared/corpora/onnx-node';
const document = 'docs/models.md';
const names = existsSync(root)
  ? readdirSync(root)
      .filter((name) => name.startsWith('test_'))
      .sort()
  : [];

/** The result of trying a model: null if it ran with equal outputs, else the sentence that refused it. */
type Fate = string | null;

describe('the single-operator models of onnx', {
  skip: names.length === 0 && 'the corpus is not here',
}, () => {
  const fates = new Map<string, Fate>();
  before(async () => {
    const codec = await loadCodec();
    for (const name of names) fates.set(name, await tryOut(join(root, name), codec));
  });

  test('run with equal outputs, or are refused by name', () => {
    const refused = [...fates.values()].filter((fate) => fate !== null).length;
    assert.equal(fates.size, names.length);
    assert.ok(fates.size - refused >= 340, `${fates.size - refused} run`);
    for (const [name, fate] of fates) {
      if (fate !== null) assert.match(fate, /"[^"]+"|no input/, `${name}: ${fate}`);
    }
  });

  test('are listed where they are refused', () => {
    const text = readFileSync(document, 'utf8');
    if (process.env['NIGHTSHIFT_WRITE_DOCS'] === '1') {
      const written = text.replace(between, (_, start, end) => `${start}\n${listRefused(fates)}\n${end}`);
      writeFileSync(document, written);
      return;
    }
    // With another locale more models may run: the list may contain some that are not refused here.
    const list = between.exec(text)![0];
    const missing = [...fates].filter(([name, fate]) => fate !== null && !list.includes(name.slice(5)));
    assert.deepEqual(missing, [], 'run this test with NIGHTSHIFT_WRITE_DOCS=1 to write the list');
  });
});

const between = /(<!-- refused -->)[\s\S]*(<!-- end of refused -->)/;

/** The refused models by reason, as a table. */
function listRefused(fates: ReadonlyMap<string, Fate>): string {
  const reasons = new Map<string, string[]>();
  for (const [name, fate] of fates) {
    if (fate === null) continue;
    const reason = fate
      .replace(/"[^"]*"/g, '…')
      .replace(/\b\d+\b/g, 'n')
      .replace(/\[[^\]]*\]/g, '[…]')
      .replace(/(cannot open …: .{60}).*/, '$1 …');
    reasons.set(reason, [...(reasons.get(reason) ?? []), name.replace(/^test_/, '')]);
  }
  const ran = [...fates.values()].filter((fate) => fate === null).length;
  const lines = [...reasons].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = lines.map(([reason, list]) => `| ${reason} | ${list.length} | ${list.join(', ')} |`);
  return [
    `${ran} of ${fates.size} run with equal outputs.`,
    '',
    '| refused because | models | which |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

/** Processes a model completely; tensors after the first may be columns too, or constants. */
async function tryOut(folder: string, codec: OnnxCodec): Promise<Fate> {
  const fate = await takeTheWay(folder, codec, false);
  if (fate === null || (await takeTheWay(folder, codec, true)) === null) return null;
  return fate;
}

async function takeTheWay(folder: string, codec: OnnxCodec, onlyFirst: boolean): Promise<Fate> {
  try {
    const described = await describeModel(join(folder, 'model.onnx'));
    const inputs: Record<string, CaseTensor> = {};
    for (const [i, { name }] of described.inputs.entries())
      inputs[name] = readTensor(folder, `input_${i}`, codec);
    const table = asTable(inputs, onlyFirst);
    const contract = [...table.columns].map(([name, { type }]) => ({ name, type, categories: null }));
    const request = { ...table, columns: contract, signature: null, file: [] };
    const draft = planFeatures({ ...request, inputs: described.inputs });
    const { widths, constants, fixedRows } = draft;
    const shape = { widths, constants };
    const prepared = await prepareModel(
      { description: described, shape, fixedRows, rewrite: 'auto', batchRows: 2048, threads: 1 },
      'here',
    );
    const features = planFeatures({ ...request, inputs: prepared.description.inputs });
    const usable = prepared.description.outputs.filter(({ refused }) => refused === null);
    const outputs = planOutputs(usable.length === 0 ? prepared.description.outputs : usable, []);
    const scorer = await openScorer(planScorer(prepared, outputs.fetched, features, 1));
    try {
      const feeds = createFeeds(features, table.columns, table.rows);
      const { fetches, failed } = await scorer.score(feeds, table.rows);
      assert.deepEqual(failed, [], folder);
      for (const [i, { name, codes, refused }] of prepared.description.outputs.entries()) {
        if (refused !== null) continue;
        compare(fetches[name]!, codes, readTensor(folder, `output_${i}`, codec), `${folder} ${name}`);
      }
    } finally {
      await scorer.close();
    }
    return null;
  } catch (error) {
    if (error instanceof MappingError) return error.mistakes[0]!.message;
    if (error instanceof InvalidError) return error.message;
    throw error;
  }
}

function compare(
  found: TensorData,
  codes: readonly string[] | null,
  expected: CaseTensor,
  what: string,
): void {
  assert.deepEqual(found.dims, expected.dims, what);
  for (let i = 0; i < expected.data.length; i++) {
    const raw = found.data[i]!;
    const value = codes === null ? raw : codes[Number(raw)]!;
    const wanted = expected.data[i]!;
    if (expected.type === 'string') assert.equal(value, wanted, what);
    else {
      const [a, b] = [found.type === 'float16' ? fromFloat16(Number(value)) : Number(value), Number(wanted)];
      const near = Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-7 + 1e-3 * Math.abs(b);
      assert.ok(near, `${what}[${i}]: ${a} is not ${b}`);
    }
  }
}

function readTensor(folder: string, name: string, codec: OnnxCodec): CaseTensor {
  const bytes = readFileSync(join(folder, 'test_data_set_0', `${name}.pb`));
  const proto = codec.decode('TensorProto', bytes);
  const dims = (proto.dims ?? []).map((dim) => Number(dim.toString()));
  const type = elementTypes[proto.data_type ?? 0] as TensorType;
  return {
    type,
    dims,
    data: valuesOf(
      proto,
      type,
      dims.reduce((product, dim) => product * dim, 1),
    ),
  };
}

function valuesOf(proto: TensorProto, type: TensorType, size: number): (number | string)[] {
  if (type === 'string') return (proto.string_data ?? []).map((text) => Buffer.from(text).toString());
  const raw = proto.raw_data;
  if (raw === undefined || raw.length === 0) {
    const lists = [proto.float_data, proto.double_data, proto.int32_data, proto.int64_data];
    const list = lists.find((numbers) => numbers !== undefined && numbers.length > 0) ?? [];
    return list.map((value) => Number(value.toString()));
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read: Record<string, (i: number) => number> = {
    float32: (i) => view.getFloat32(i * 4, true),
    float64: (i) => view.getFloat64(i * 8, true),
    float16: (i) => fromFloat16(view.getUint16(i * 2, true)),
    int64: (i) => Number(view.getBigInt64(i * 8, true)),
    uint64: (i) => Number(view.getBigUint64(i * 8, true)),
    int32: (i) => view.getInt32(i * 4, true),
    uint32: (i) => view.getUint32(i * 4, true),
    int16: (i) => view.getInt16(i * 2, true),
    uint16: (i) => view.getUint16(i * 2, true),
    int8: (i) => view.getInt8(i),
    uint8: (i) => view.getUint8(i),
    bool: (i) => view.getUint8(i),
  };
  return Array.from({ length: size }, (_, i) => read[type]!(i));
}
