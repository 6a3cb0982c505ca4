import type { GateResult } from './gate.js';
import type { Finding, PartitionSummary, Summary } from './summary.js';
import { countOf, countText, namesText } from './wording.js';

type Judged = Pick<Summary, 'gates' | 'partitions'>;

/** Maximum number of findings of one kind; the others stay where they belong. */
export const mostOfAKind = 20;

/** State of a partition in words. */
export const partitionStates = {
  published: 'is published',
  skipped: 'was published before',
  failed: 'failed',
  held_back: 'was held back by a gate',
  interrupted: 'was interrupted',
  not_started: 'was not started',
} as const;

/** Returns the unpublished partitions and why; those with the same reason are one finding. */
export function partitionFindings({ gates, partitions }: Judged): Finding[] {
  const ofRun = gates.filter(({ passed, severity }) => !passed && severity === 'fail');
  const byReason = new Map<string, { first: PartitionSummary; why: string | null; others: string[] }>();
  for (const one of partitions.list) {
    if (one.state === 'published' || one.state === 'skipped') continue;
    const why = whyOf(one);
    const key = JSON.stringify([one.state, why]);
    const known = byReason.get(key);
    if (known === undefined) byReason.set(key, { first: one, why, others: [] });
    else known.others.push(one.partition);
  }
  return [...byReason.values()].slice(0, mostOfAKind).map(({ first, why, others }) => {
    const { partition, state, reason } = first;
    const gate = state === 'held_back' ? (closedOf(first)[0] ?? ofRun[0] ?? null) : null;
    return {
      level: 'bad',
      about: 'partition',
      code: gate?.code ?? gate?.gate ?? reason ?? state,
      name: partition,
      column: gate?.column ?? null,
      sentence: `${partition} ${partitionStates[state]}${why === null ? '' : `: ${why}`}${andOthers(others)}`,
    };
  });
}

function closedOf({ gates }: PartitionSummary): readonly GateResult[] {
  return gates.filter(({ severity }) => severity === 'fail');
}

function whyOf(one: PartitionSummary): string | null {
  const { partition, state, message } = one;
  const closed = closedOf(one).map(({ sentence }) => sentence);
  const why = state === 'held_back' && closed.length > 0 ? sentencesText(closed) : message;
  return why?.startsWith(`${partition}: `) ? why.slice(partition.length + 2) : why;
}

/** Joins the sentences of closed gates: the first of many, since 500 columns may have one each. */
export function sentencesText(sentences: readonly string[]): string {
  const rest = sentences.length - mostSentences;
  return sentences.slice(0, mostSentences).join('; ') + (rest > 0 ? `; and ${countText(rest)} more` : '');
}

const mostSentences = 3;

function andOthers(others: readonly string[]): string {
  if (others.length === 0) return '';
  const more = others.length > 3 ? ', ...' : '';
  return ` (and ${countOf(others.length, 'more partition')}: ${others.slice(0, 3).join(', ')}${more})`;
}

/**
 * Returns the closed gates, except those on drift, which are listed with the drifted columns. Lists a gate of
 * the run only once, not for its partitions too, and a gate of several partitions once.
 */
export function closedGates({ gates, partitions }: Judged): PlacedFinding[] {
  const isListed = ({ passed, gate }: GateResult) => !passed && gate !== 'max_drift';
  const ofRun = gates.filter(isListed);
  const known = new Set(ofRun.map(keyOf));
  const byKey = new Map<string, { gate: GateResult; partition: string; others: string[] }>();
  for (const { partition, state, gates: closed } of partitions.list) {
    for (const gate of closed.filter(isListed)) {
      // The failing gates of a held-back partition are listed with it.
      if (known.has(keyOf(gate)) || (state === 'held_back' && gate.severity === 'fail')) continue;
      const same = byKey.get(keyOf(gate));
      if (same === undefined) byKey.set(keyOf(gate), { gate, partition, others: [] });
      else same.others.push(partition);
    }
  }
  const ofPartitions = [...byKey.values()].map(({ gate, partition, others }) => {
    const where = partitions.planned > 1 ? `${partition}: ` : '';
    const sentence = `${where}${gate.sentence}${andOthers(others)}`;
    return { partition, finding: { ...gateFinding(gate), sentence } };
  });
  const ofAll = ofRun.map((gate) => ({ partition: null, finding: gateFinding(gate) }));
  return [...ofAll, ...ofPartitions];
}

/** A finding on a partition; null: on the run. */
interface PlacedFinding {
  readonly partition: string | null;
  readonly finding: Finding;
}

/**
 * If at least this many columns have the same finding, only the first gets its own: a file that lost its
 * numbers has hundreds.
 */
const manyColumns = 4;

/** Folds one kind of finding on four or more columns of a partition into the first, naming the others. */
export function foldColumns(placed: readonly PlacedFinding[]): Finding[] {
  const kindOf = ({ partition, finding }: PlacedFinding) =>
    JSON.stringify([partition, finding.level, finding.code]);
  const byKind = new Map<string, Finding[]>();
  for (const one of placed) {
    if (one.finding.column === null) continue;
    const alike = byKind.get(kindOf(one));
    if (alike === undefined) byKind.set(kindOf(one), [one.finding]);
    else alike.push(one.finding);
  }
  const folded = placed.flatMap((one) => {
    const { finding } = one;
    const [first, ...rest] = byKind.get(kindOf(one)) ?? [];
    if (finding.column === null || rest.length + 1 < manyColumns) return [finding];
    if (finding !== first) return [];
    const names = rest.map(({ column }) => column!);
    return [
      {
        ...finding,
        sentence: `${finding.sentence} (and ${countOf(rest.length, 'more column')}: ${namesText(names, 3)})`,
      },
    ];
  });
  return folded.slice(0, mostOfAKind);
}

function keyOf({ gate, code, column, severity }: GateResult): string {
  return JSON.stringify([gate, code, column, severity]);
}

/** Returns the finding of an exceeded gate. */
export function gateFinding({ gate, code, severity, column, sentence }: GateResult): Finding {
  const level = severity === 'fail' ? 'bad' : 'check';
  return { level, about: 'gate', code: code ?? gate, name: column, column, sentence };
}

/** Returns true for gates on all rows of an outcome: other findings mostly cover what they count. */
export function isTotal({ about, code, level }: Finding): boolean {
  return about === 'gate' && level === 'check' && (code === 'max_flagged' || code === 'max_repaired');
}
