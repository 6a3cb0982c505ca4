import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTrees, treeFormat } from '../../../src/model/trees/read-trees.js';
import type { Rounds, TreeModel } from '../../../src/model/trees/tree-model.js';
import type { Reals } from '../../../src/model/trees/walk-trees.js';

/** A model with rows and its trainer's answers, as `data-samples/train/tree_models.py` writes it. */
export interface TreeCase {
  readonly name: string;
  /** Files of the same model. */
  readonly models: readonly string[];
  readonly rows: number;
  readonly features: number;
  readonly values: Float64Array;
  readonly raw: Reals;
  readonly prediction: Reals;
}

export const casesFolder = join(process.cwd(), 'data-samples/models/trees');

/** Returns the cases of a folder, by name. */
export function treeCases(folder = casesFolder): TreeCase[] {
  return readdirSync(folder)
    .filter((name) => name !== 'frame')
    .sort()
    .map((name) => treeCase(name, folder));
}

/** Returns the case `name`. */
function treeCase(name: string, folder = casesFolder): TreeCase {
  const at = join(folder, name);
  const { rows, features, numbers, models } = JSON.parse(readFileSync(join(at, 'case.json'), 'utf8'));
  const read = (file: string, type: string): Reals => {
    const bytes = readFileSync(join(at, file));
    const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    return type === 'float64' ? new Float64Array(whole) : new Float32Array(whole);
  };
  return {
    name,
    models: models.map((file: string) => join(at, file)),
    rows,
    features,
    values: read('rows.bin', 'float64') as Float64Array,
    raw: read('raw.bin', numbers),
    prediction: read('prediction.bin', numbers),
  };
}

/** Reads a file of trees. */
export function readTreeFile(path: string, rounds: Rounds = 'auto'): TreeModel {
  const bytes = readFileSync(path);
  return readTrees(bytes, treeFormat(bytes)!, path, rounds);
}

/** Returns how many steps of the type lie between two numbers, for each pair. */
export function stepsBetween(a: Reals, b: Reals): number[] {
  return Array.from(a, (value, i) => {
    if (Object.is(value, b[i])) return 0;
    const steps =
      a instanceof Float64Array ? place64(value) - place64(b[i]!) : BigInt(place32(value) - place32(b[i]!));
    return Math.abs(Number(steps));
  });
}

const view = new DataView(new ArrayBuffer(8));

function place64(value: number): bigint {
  view.setFloat64(0, value);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}

function place32(value: number): number {
  view.setFloat32(0, value);
  const bits = view.getInt32(0);
  return bits < 0 ? -(bits & 0x7fffffff) : bits;
}
