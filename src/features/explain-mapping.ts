import { decisionFields } from './decide.js';
import { type FeatureInput, shapeText } from './feature-input.js';
import type { FeaturePart, FeaturePlan } from './feature-plan.js';
import type { OutputPlan } from './output-plan.js';
import type { ScoreOutput } from './plan-outputs.js';

/** One line of the mapping as `check` prints it: what feeds one element of an input. */
export interface InputRow {
  readonly input: string;
  /** As declared by the model: `float32 [N, 12]`. */
  readonly declared: string;
  /** Index within a row, from 0; null if the input has one element. */
  readonly place: number | null;
  readonly column: string;
  /** The column's type. */
  readonly type: string;
  /** How a value is converted: `unchanged`, `to float16`, `code of 16 known strings`. */
  readonly cast: string;
  /** The model's input for a missing value, if the contract passes it on. */
  readonly missing: string;
  /** The model's input for a string that it does not know. */
  readonly unknown: string;
}

/** One line of the mapping: how an output becomes a column. */
export interface OutputRow {
  readonly output: string;
  readonly declared: string;
  readonly column: string;
  readonly type: string;
  /** The part that is taken: `whole`, `class "1"`, `index 3`. */
  readonly taken: string;
  readonly policy: string;
}

/** Returns the whole mapping between columns and model as plain rows. */
export function explainMapping(
  inputs: readonly FeatureInput[],
  features: FeaturePlan,
  outputs: readonly ScoreOutput[],
  scores: OutputPlan,
): { readonly inputs: readonly InputRow[]; readonly outputs: readonly OutputRow[] } {
  const needs = new Map(features.needs.map((need) => [need.name, need]));
  const rows: InputRow[] = [];
  for (const input of inputs) {
    const declared = `${input.type} ${shapeText(input)}`;
    const constant = features.constants[input.name];
    if (constant !== undefined) {
      const cast = Array.from(constant.data as ArrayLike<unknown>, String)
        .slice(0, 8)
        .join(', ');
      rows.push({ input: input.name, declared, place: null, column: '', type: 'constant', cast, ...nothing });
    }
    const tensor = features.tensors.find((candidate) => candidate.input === input.name);
    for (const part of tensor?.parts ?? []) {
      const need = part.kind === 'fill' ? null : (needs.get(part.column) ?? null);
      const place = tensor!.width === 1 ? null : part.at;
      const cast = explainCast(part, tensor!.type, need?.type ?? 'constant');
      rows.push({
        input: input.name,
        declared,
        place,
        column: part.kind === 'fill' ? '' : part.column,
        type: need?.type ?? 'constant',
        cast,
        missing: need === null ? '' : explainMissing(part, need.cannotBeMissing),
        unknown: explainUnknown(part, input, tensor!.parts.indexOf(part)),
      });
    }
  }
  return { inputs: rows, outputs: scores.columns.flatMap((column) => explainOutput(column, outputs)) };
}

const nothing = { missing: '', unknown: '' };

function explainCast(part: FeaturePart, tensor: string, type: string): string {
  switch (part.kind) {
    case 'value':
      return type === tensor || (type === 'boolean' && tensor === 'bool') ? 'unchanged' : `to ${tensor}`;
    case 'code':
      return `code of ${part.dictionary.length} known strings`;
    case 'weight':
      return `weight of ${part.dictionary.length} known strings`;
    case 'index':
      return `index in ${part.categories.length} categories`;
    case 'one-hot':
      return `one-hot over ${part.categories.length} categories`;
    case 'text':
      return 'text unchanged';
    case 'list':
      return `${part.width} items${tensor === 'float32' ? '' : ` to ${tensor}`}`;
    case 'fill':
      return part.values.slice(0, 8).join(', ');
  }
}

function explainMissing(part: FeaturePart, cannotBeMissing: boolean): string {
  if (cannotBeMissing) return 'row rejected';
  if (part.kind === 'one-hot') return 'all 0';
  if (part.kind === 'code' && Number.isNaN(part.missing)) return 'NaN';
  if (part.kind === 'code' || part.kind === 'text' || part.kind === 'weight') return 'empty string';
  return 'NaN';
}

function explainUnknown(part: FeaturePart, input: FeatureInput, k: number): string {
  if (part.kind === 'index') return input.type.startsWith('float') ? 'NaN' : '-1';
  if (part.kind === 'one-hot') return 'all 0';
  if (part.kind === 'code' && Number.isNaN(part.unknown)) return 'NaN';
  if (part.kind !== 'code' && part.kind !== 'text' && part.kind !== 'weight') return '';
  const policy = input.uses?.[k]?.unknown ?? null;
  if (policy === 'zeros') return 'all 0';
  if (policy === 'default') return "the model's default";
  return policy === 'error' ? 'row rejected' : '';
}

function explainOutput(
  { name, from, type, index, label, codes, width, range, decisions }: OutputPlan['columns'][number],
  outputs: readonly ScoreOutput[],
): OutputRow[] {
  const output = outputs.find((candidate) => candidate.name === from)!;
  const taken =
    label !== null
      ? `class "${label}"`
      : index === null || width === 1
        ? codes === null
          ? 'whole'
          : `one of ${codes.length} labels`
        : `index ${index}`;
  const policy =
    range === null ? '' : `flagged outside ${range.low ?? '-infinity'} to ${range.high ?? 'infinity'}`;
  const declared = `${output.type} ${shapeText(output)}`;
  const own = { output: from, declared, column: name, type, taken, policy };
  if (decisions === null) return [own];
  const added = decisionFields(name, decisions).map((field) => ({
    ...own,
    column: field.name,
    type: field.type,
    taken: `decided by ${name}`,
    policy: '',
  }));
  return [own, ...added];
}
