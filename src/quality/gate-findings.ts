import type { GateResult } from './gate.js';
import type { Finding, PartitionSummary, Summary } from './summary.js';
import { countOf } from './wording.js';

type Judged = Pick<Summary, 'gates' | 'partitions'>;

/** Findings of one kind that are listed at most; the rest are where they belong. */
export const mostOfAKind = 20;

/** A partition's state in words. */
export const partitionStates = {
  published: 'is published',
  skipped: 'was published before',
  failed: 'failed',
  held_back: 'was held back by a gate',
  interrupted: 'was interrupted',
  not_started: 'was not started',
} as const;

/** Lists the partitions that are not published and why; those with the same reason are one finding. */
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
  const why = state === 'held_back' && closed.length > 0 ? closed.join('; ') : message;
  return why?.startsWith(`${partition}: `) ? why.slice(partition.length + 2) : why;
}

function andOthers(others: readonly string[]): string {
  if (others.length === 0) return '';
  const more = others.length > 3 ? ', ...' : '';
  return ` (and ${countOf(others.length, 'more partition')}: ${others.slice(0, 3).join(', ')}${more})`;
}

/**
 * Lists the gates that closed, but for those on drift, which are with what drifted. A gate that closed for the run is not listed again for its partitions, and one
 * that closed for several partitions once.
 */
export function closedGates({ gates, partitions }: Judged): Finding[] {
  const isListed = ({ passed, gate }: GateResult) => !passed && gate !== 'max_drift';
  const ofRun = gates.filter(isListed);
  const known = new Set(ofRun.map(keyOf));
  const byKey = new Map<string, { gate: GateResult; partition: string; others: string[] }>();
  for (const { partition, state, gates: closed } of partitions.list) {
    for (const gate of closed.filter(isListed)) {
      // The failing gates of a partition that is held back are listed with the partition.
      if (known.has(keyOf(gate)) || (state === 'held_back' && gate.severity === 'fail')) continue;
      const same = byKey.get(keyOf(gate));
      if (same === undefined) byKey.set(keyOf(gate), { gate, partition, others: [] });
      else same.others.push(partition);
    }
  }
  const ofPartitions = [...byKey.values()].map(({ gate, partition, others }) => {
    const where = partitions.planned > 1 ? `${partition}: ` : '';
    return { ...gateFinding(gate), sentence: `${where}${gate.sentence}${andOthers(others)}` };
  });
  return [...ofRun.map(gateFinding), ...ofPartitions].slice(0, mostOfAKind);
}

function keyOf({ gate, code, column, severity }: GateResult): string {
  return JSON.stringify([gate, code, column, severity]);
}

/** The finding that a closed gate is. */
export function gateFinding({ gate, code, severity, column, sentence }: GateResult): Finding {
  const level = severity === 'fail' ? 'bad' : 'check';
  return { level, about: 'gate', code: code ?? gate, name: column, column, sentence };
}

/** Gates on all rows of an outcome: what they count is mostly in a finding of its own. */
export function isTotal({ about, code, level }: Finding): boolean {
  return about === 'gate' && level === 'check' && (code === 'max_flagged' || code === 'max_repaired');
}
