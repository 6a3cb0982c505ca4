import type { featureState, GateResult } from './gates.js';
import type { ColumnSummary, Finding, Summary, Verdict } from './summary.js';
import { countOf, shareText } from './wording.js';

type Judged = Omit<Summary, 'verdict' | 'findings' | 'trend'>;

/** Share of rows from which on a problem is worth telling before the rest. */
const worthTelling = 0.01;

/** Findings of one kind that are told at most; the rest are where they belong. */
const mostOfAKind = 20;

/** A column that the model reads, and how it is ill. */
export interface Feature {
  readonly name: string;
  readonly state: ReturnType<typeof featureState>;
}

/** What to look at, most important first: what is not published, gates, drift, the scores, features, problems, trend, notes. */
export function collectFindings(
  summary: Judged,
  features: readonly Feature[],
  trend: readonly Finding[],
): Finding[] {
  const gated = closedGates(summary);
  const told = new Set(gated.flatMap(({ about, name }) => (about === 'gate' && name !== null ? [name] : [])));
  const drift = driftFindings(summary).filter(({ name }) => !told.has(name!));
  const drifted = new Set(drift.map(({ name }) => name!));
  // A column whose drift is not to be judged may have one value: a day's file has one month.
  const unwatched = new Set(
    summary.columns.flatMap(({ name, drift }) => (drift?.watched === false ? [name] : [])),
  );
  const findings = [
    ...partitionFindings(summary),
    ...unscoredFindings(summary),
    ...inputFindings(summary),
    ...gated,
    ...drift,
    ...summary.outputs.flatMap(outputFindings).filter(({ name }) => !told.has(name!) && !drifted.has(name!)),
    ...(summary.covers.rows === 0 ? [] : features)
      .filter(({ name, state }) => state !== 'constant' || !unwatched.has(name))
      .flatMap(featureFindings)
      .filter(({ name }) => !told.has(name!) && !drifted.has(name!)),
    ...problemFindings(summary),
    ...trend.filter(({ name }) => name === null || !(told.has(name) || drifted.has(name))),
    ...baselineFindings(summary),
    ...summary.notes.map((sentence): Finding => ({ level: 'note', about: 'run', name: null, sentence })),
  ];
  const order = { bad: 0, check: 1, note: 2 };
  return findings.sort((a, b) => order[a.level] - order[b.level]);
}

/** Whether to use the scores, in one sentence. */
export function judge(summary: Judged, findings: readonly Finding[]): Verdict {
  const { rows, partitions } = summary;
  const bad = findings.filter(({ level }) => level === 'bad');
  const check = findings.filter(({ level }) => level === 'check');
  if (partitions.planned === 0) return { level: 'check', sentence: 'There was no input to score.' };
  const there = partitions.published + partitions.skipped;
  if (bad.length > 0 || there < partitions.planned || summary.exit_code !== 0) {
    const missing = partitions.planned - there;
    const what =
      there === 0
        ? 'Nothing is published'
        : missing === 0
          ? endedWith(summary.reason)
          : `${countOf(missing, 'partition')} of ${partitions.planned} not published`;
    return { level: 'bad', sentence: bad[0] === undefined ? `${what}.` : `${what}: ${bad[0].sentence}.` };
  }
  const scored = `${countOf(rows.scored, 'row')} scored`;
  if (check.length > 0) {
    const more = check.length === 1 ? '' : ` (and ${check.length - 1} more)`;
    return { level: 'check', sentence: `${scored}, but look first: ${check[0]!.sentence}${more}.` };
  }
  const clean = rows.ok === rows.read;
  return {
    level: 'good',
    sentence: clean
      ? `${scored}, all of them clean.`
      : `${scored}; what was repaired, flagged or rejected is within the limits.`,
  };
}

function endedWith(reason: string): string {
  return reason === 'gate-failed' ? 'A gate closed' : `The run ended with "${reason}"`;
}

function partitionFindings({ partitions }: Judged): Finding[] {
  return partitions.list
    .filter(({ state }) => state !== 'published' && state !== 'skipped')
    .slice(0, mostOfAKind)
    .map(({ partition, state, message, gates }) => {
      const closed = gates.filter(({ severity }) => severity === 'fail').map(({ sentence }) => sentence);
      const why = state === 'held_back' && closed.length > 0 ? closed.join('; ') : message;
      const rest = why?.startsWith(`${partition}: `) ? why.slice(partition.length + 2) : why;
      const sentence = `${partition} ${partitionStates[state]}${rest === null ? '' : `: ${rest}`}`;
      return { level: 'bad', about: 'partition', name: partition, sentence };
    });
}

/** Doubts about how inputs were read; of a kind that many inputs share, the first is named and the others are counted. */
function inputFindings({ partitions }: Judged): Finding[] {
  const kinds = new Map<string, { finding: Finding; more: number }>();
  for (const { partition, findings } of partitions.list) {
    for (const { code, level, sentence } of findings) {
      const kind = kinds.get(`${level} ${code}`);
      if (kind !== undefined) kind.more++;
      else {
        const finding: Finding = {
          level,
          about: 'input',
          name: partition,
          sentence: `${partition}: ${sentence}`,
        };
        kinds.set(`${level} ${code}`, { finding, more: 0 });
      }
    }
  }
  return [...kinds.values()].map(({ finding, more }) =>
    more === 0 ? finding : { ...finding, sentence: `${finding.sentence} (and ${more} more of this kind)` },
  );
}

/** Figures of no rows are no figures: they are not to be looked at. */
function unscoredFindings({ covers, partitions }: Judged): Finding[] {
  if (covers.partitions > 0 || partitions.planned === 0) return [];
  return [
    {
      level: 'note',
      about: 'run',
      name: null,
      sentence: 'no row is scored yet: of the data nothing is known',
    },
  ];
}

/** A partition's state in words. */
export const partitionStates = {
  published: 'is published',
  skipped: 'was published before',
  failed: 'failed',
  held_back: 'was held back by a gate',
  interrupted: 'was interrupted',
  not_started: 'was not started',
} as const;

/** Gates that closed, but for those on drift: they are told with what drifted. */
function closedGates({ gates, partitions }: Judged): Finding[] {
  // The failing gates of a partition that is held back are told with the partition.
  const ofPartitions = partitions.list.flatMap(({ partition, state, gates: closed }) =>
    closed
      .filter(({ severity }) => state !== 'held_back' || severity === 'warn')
      .map((gate) => ({ gate, where: partitions.planned > 1 ? `${partition}: ` : '' })),
  );
  const all = [...gates.map((gate) => ({ gate, where: '' })), ...ofPartitions];
  const told = new Set<string>();
  return all
    .filter(({ gate }) => !gate.passed && gate.gate !== 'max_drift')
    .map(({ gate, where }): Finding => ({ ...gateFinding(gate), sentence: `${where}${gate.sentence}` }))
    .filter(({ sentence }) => !told.has(sentence) && told.add(sentence))
    .slice(0, mostOfAKind);
}

function gateFinding({ severity, column, sentence }: GateResult): Finding {
  return { level: severity === 'fail' ? 'bad' : 'check', about: 'gate', name: column, sentence };
}

/** Columns that moved, farthest first; where that closed a gate, as the gate tells it. */
function driftFindings({ columns, outputs, gates }: Judged): Finding[] {
  const closed = new Map(
    gates.filter(({ gate, passed }) => gate === 'max_drift' && !passed).map((gate) => [gate.column, gate]),
  );
  return [...columns, ...outputs]
    .filter(({ name, drift }) => drift !== null && (drift.level !== 'none' || closed.has(name)))
    .sort((a, b) => b.drift!.importance - a.drift!.importance)
    .slice(0, mostOfAKind)
    .map(({ name, drift }) => {
      const gate = closed.get(name);
      if (gate !== undefined) return gateFinding(gate);
      return { level: 'check', about: 'drift', name, sentence: drift!.sentence };
    });
}

function outputFindings({ name, raw }: ColumnSummary): Finding[] {
  const found: Finding[] = [];
  const bad = raw.nan + raw.infinite;
  if (bad > 0) {
    const sentence = `${countOf(bad, 'value')} of ${name} (${shareText(bad / raw.rows)}) ${bad === 1 ? 'is' : 'are'} not a finite number`;
    found.push({ level: 'check', about: 'column', name, sentence });
  }
  if (raw.rows >= 100 && raw.distinct === 1 && raw.missing === 0) {
    found.push({
      level: 'check',
      about: 'column',
      name,
      sentence: `${name} is the same for all ${countOf(raw.rows, 'row')}`,
    });
  }
  return found;
}

/** A constant feature is a note: a day's file has one month. Asked for only where rows were looked at: else nothing is known of features. */
function featureFindings({ name, state }: Feature): Finding[] {
  if (state === null) return [];
  const words = { absent: 'is absent', empty: 'has no values', constant: 'has the same value in every row' };
  const level = state === 'constant' ? 'note' : 'check';
  return [{ level, about: 'column', name, sentence: `feature ${name} ${words[state]}` }];
}

function problemFindings({ problems }: Judged): Finding[] {
  return problems
    .filter(({ outcome, share }) => outcome !== 'repaired' && share >= worthTelling)
    .slice(0, 5)
    .map(({ code, column, outcome, count, share }) => ({
      level: 'note',
      about: 'problem',
      name: code,
      sentence: `${code}${column === null ? '' : ` in ${column}`}: ${countOf(count, 'row')} (${shareText(share)}) ${outcome}`,
    }));
}

function baselineFindings({ baseline }: Judged): Finding[] {
  if (baseline === null || baseline.same_model !== false) return [];
  const sentence =
    'the baseline was written with another model: drift of the scores may be the model, not the data';
  return [{ level: 'note', about: 'drift', name: null, sentence }];
}
