import { addRows } from '../chunk/row-counts.js';
import type { SourceFinding } from '../chunk/source-finding.js';
import type { Baseline } from './baseline.js';
import { type ChallengerCounts, summariseChallenger } from './challenger.js';
import { summariseColumn } from './column-summary.js';
import { type ColumnDrift, measureDrift } from './drift.js';
import { collectFindings, judge } from './findings.js';
import { featureState, type GateResult } from './gates.js';
import type { RunQuality } from './run-quality.js';
import { measureSegments } from './segment-drift.js';
import { summariseSegments } from './segment-summary.js';
import { emptyQuality, type SliceQuality } from './slice-quality.js';
import type {
  ColumnSummary,
  ModelSummary,
  PartitionSummary,
  ProblemSummary,
  Summary,
  SummaryRows,
  TrendPoint,
} from './summary.js';
import { trendFindings, trendPoint, trendRuns } from './trend.js';

/** Facts about a run that has ended. */
export interface RunFacts {
  readonly job: string;
  /** The data's date; null if the job has none. */
  readonly date: string | null;
  readonly runId: string;
  readonly program: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly output: string;
  readonly workers: number;
  readonly peakRssBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly model: ModelSummary;
  /** Every planned partition, in order; read once. */
  readonly partitions: Iterable<PartitionFacts>;
  /** The quality of all partitions with known rows, published or held back by a gate. */
  readonly covered: RunQuality;
  /** Gates of the whole run. */
  readonly gates: readonly GateResult[];
  /** Columns that the model reads. */
  readonly features: readonly string[];
  /** Columns that form the rows' key. */
  readonly keys: readonly string[];
  readonly redact: readonly string[];
  /** Columns whose drift is measured but not judged. */
  readonly unwatched: readonly string[];
  /** Outputs that are decisions, which may be the same for every row. */
  readonly decided: readonly string[];
  readonly baseline: { readonly path: string; readonly content: Baseline } | null;
  /** Counts of the challengers over the rows. */
  readonly challengers?: readonly ChallengerCounts[];
  /** `trend.runs` of the last run's summary, or points of earlier summaries, oldest first. */
  readonly before: readonly TrendPoint[];
  readonly notes: readonly string[];
}

/** Outcome of one planned partition; `rows` is null if unknown. */
export interface PartitionFacts {
  readonly partition: string;
  readonly state: PartitionSummary['state'];
  readonly failure: {
    readonly reason: string;
    readonly message: string;
    readonly hint: string | null;
  } | null;
  readonly attempts: number;
  readonly input: { readonly path: string; readonly format: string | null; readonly bytes: number };
  readonly outputs: PartitionSummary['outputs'];
  readonly rows: SummaryRows | null;
  /** Gates of this partition that were exceeded. */
  readonly gates: readonly GateResult[];
  /** Doubts about how its input was read, for a person to check. */
  readonly findings: readonly SourceFinding[];
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  /** Returns how its columns were matched; called for those that a summary lists. */
  readonly notes: () => readonly string[];
}

/** Maximum number of partitions in a summary; the manifest has all of them. */
export const mostListed = 150;

const listOrder = { failed: 0, held_back: 1, interrupted: 2, not_started: 3, published: 4, skipped: 4 };

interface Placed {
  readonly place: number;
  readonly facts: PartitionFacts;
}

/** Collects the partitions that a summary lists: all if few, else those with problems first. */
function createList() {
  const byWeight = new Map<number, Placed[]>();
  return {
    add(place: number, facts: PartitionFacts): void {
      const { state, gates, findings } = facts;
      const weight = listOrder[state] - (gates.length > 0 ? 0.5 : 0) - (findings.length > 0 ? 0.25 : 0);
      const alike = byWeight.get(weight) ?? [];
      byWeight.set(weight, alike);
      if (alike.length < mostListed) alike.push({ place, facts });
    },
    /** Returns them in the order of the plan. */
    inOrder(): PartitionFacts[] {
      const sorted = [...byWeight].sort(([a], [b]) => a - b).flatMap(([, alike]) => alike);
      return sorted
        .slice(0, mostListed)
        .sort((a, b) => a.place - b.place)
        .map(({ facts }) => facts);
    },
  };
}

/** Counts the partitions of a run, and adds up their rows and bytes, in one pass. */
function tally(partitions: Iterable<PartitionFacts>) {
  const counts = { published: 0, failed: 0, held_back: 0, skipped: 0, interrupted: 0, not_started: 0 };
  const now = { rows: 0, bytes: 0 };
  const bytes = { input: 0, output: 0, outputFiles: 0 };
  const list = createList();
  let planned = 0;
  let rows = noRows;
  for (const facts of partitions) {
    const { state, input, outputs } = facts;
    counts[state]++;
    list.add(planned++, facts);
    if (state === 'published') {
      now.rows += facts.rows?.read ?? 0;
      now.bytes += input.bytes;
    }
    if (state !== 'published' && state !== 'skipped' && state !== 'held_back') continue;
    if (facts.rows !== null) rows = addRows(rows, facts.rows);
    bytes.input += input.bytes;
    bytes.outputFiles += outputs.length;
    for (const output of outputs) bytes.output += output.bytes;
  }
  return { planned, counts, rows, now, bytes, list: list.inOrder().map(summarisePartition) };
}

/**
 * Returns the summary of a run; `drift` is its `measureDrift`, empty without a baseline. Takes milliseconds
 * per hundred columns.
 */
export function buildSummary(facts: RunFacts, drift: readonly ColumnDrift[] = driftOf(facts)): Summary {
  const { covered, baseline } = facts;
  const { quality } = covered;
  const { planned, counts, rows, now, bytes, list } = tally(facts.partitions);
  const perSecond = (amount: number) =>
    facts.durationMs <= 0 || counts.published === 0 ? null : Math.round(amount / (facts.durationMs / 1000));
  const body = {
    kind: 'nightshift-summary',
    schema_version: 1,
    job: facts.job,
    date: facts.date,
    run_id: facts.runId,
    program: facts.program,
    started_at: facts.startedAt,
    finished_at: facts.finishedAt,
    duration_ms: Math.round(facts.durationMs),
    exit_code: facts.exitCode,
    reason: facts.reason,
    output: facts.output,
    rows,
    covers: { partitions: covered.partitions, rows: quality.rows.read },
    partitions: {
      planned,
      published: counts.published,
      failed: counts.failed,
      held_back: counts.held_back,
      skipped: counts.skipped,
      not_finished: counts.interrupted + counts.not_started,
      list,
    },
    gates: facts.gates,
    problems: summariseProblems(quality),
    skipped_lines: covered.skipped,
    ...summariseColumns(facts, drift),
    slices: summariseSegments(
      measureSegments(
        quality.segments ?? [],
        quality.rows.read,
        baseline?.content ?? null,
        unwatchedOf(drift),
      ),
      quality.rows.read,
      baseline?.content.rows ?? null,
    ),
    baseline: summariseBaseline(facts),
    model: facts.model,
    challengers: (facts.challengers ?? []).map((counts) =>
      summariseChallenger(counts, quality.rows.read, quality.outputs),
    ),
    throughput: {
      workers: facts.workers,
      rows_per_second: perSecond(now.rows),
      bytes_per_second: perSecond(now.bytes),
      input_bytes: bytes.input,
      output_bytes: bytes.output,
      output_files: bytes.outputFiles,
    },
    memory: { peak_rss_bytes: facts.peakRssBytes, limit_bytes: facts.memoryLimitBytes },
    notes: facts.notes,
  } as const satisfies Partial<Summary>;
  return judged(body, facts);
}

function summariseColumns(
  { covered: { quality }, baseline, features, keys, redact }: RunFacts,
  drift: readonly ColumnDrift[],
): Pick<Summary, 'columns' | 'outputs'> {
  const driftOfColumn = (name: string, of: ColumnDrift['role']) =>
    drift.find(({ column, role }) => column === name && role === of) ?? null;
  return {
    columns: quality.raw.map((raw) =>
      summariseColumn({
        raw,
        used: quality.used.find(({ name }) => name === raw.name) ?? null,
        drift: driftOfColumn(raw.name, 'input'),
        baseline: baseline?.content.columns.find(({ name }) => name === raw.name) ?? null,
        feature: features.includes(raw.name),
        key: keys.includes(raw.name),
        redacted: redact.includes(raw.name),
      }),
    ),
    outputs: quality.outputs.map((raw) =>
      summariseColumn({
        raw,
        used: null,
        drift: driftOfColumn(raw.name, 'output'),
        baseline: baseline?.content.outputs.find(({ name }) => name === raw.name) ?? null,
        feature: false,
        key: false,
        redacted: redact.includes(raw.name),
      }),
    ),
  };
}

function summariseBaseline({ baseline, model }: RunFacts): Summary['baseline'] {
  if (baseline === null) return null;
  const { createdAt, rows, modelSha256 } = baseline.content;
  return {
    path: baseline.path,
    created_at: createdAt,
    rows,
    same_model: modelSha256 === null ? null : modelSha256 === model.sha256,
  };
}

function unwatchedOf(drift: readonly ColumnDrift[]): ReadonlySet<string> {
  return new Set(drift.flatMap(({ column, watched }) => (watched ? [] : [column])));
}

/** Measures the drift of the run's quality from its baseline; empty without one. */
export function driftOf({ covered, baseline, unwatched }: RunFacts): ColumnDrift[] {
  return baseline === null ? [] : measureDrift(covered.quality, baseline.content, new Set(unwatched));
}

type Body = Omit<Summary, 'verdict' | 'findings' | 'trend'>;

/**
 * Adds findings, verdict and trend to a summary: the verdict needs the findings, the trend needs the verdict,
 * and the findings include the trend's.
 */
function judged(body: Body, { before, covered, features, keys, unwatched, decided }: RunFacts): Summary {
  const isScored = covered.partitions > 0;
  const ill = (isScored ? features : []).map((name) => ({
    name,
    state: featureState(covered.quality, name),
  }));
  const past = before.filter(({ run_id }) => run_id !== body.run_id).slice(1 - trendRuns);
  const draft = { ...body, findings: [], verdict: { level: 'good', sentence: '' } } as const;
  const { planned, published, skipped } = body.partitions;
  const trend = trendFindings(past, trendPoint(draft), {
    isWhole: published + skipped === planned,
    unwatched: new Set([...keys, ...unwatched]),
    spreads: new Map([...body.columns, ...body.outputs].map(({ name, raw }) => [name, spreadOf(raw)])),
  });
  const findings = collectFindings(body, ill, trend, new Set(decided));
  const verdict = judge(body, findings);
  const now = trendPoint({ ...draft, verdict });
  const { kind, schema_version, job, date, run_id, program, ...rest } = body;
  const head = { kind, schema_version, job, date, run_id, program };
  return { ...head, verdict, ...rest, findings, trend: { runs: [...past, now], findings: trend } };
}

/** The standard deviation of a column; null for one that holds only 0 and 1. */
function spreadOf({ std, min, max, distinct }: ColumnSummary['raw']): number | null {
  const isFlag = Number(min) === 0 && Number(max) === 1 && distinct !== null && distinct <= 2;
  return isFlag ? null : std;
}

const noRows: SummaryRows = { ...emptyQuality().rows, skipped: 0 };

function summarisePartition(facts: PartitionFacts): PartitionSummary {
  const { failure, rows, durationMs } = facts;
  const fast = rows !== null && durationMs !== null && durationMs > 0;
  return {
    partition: facts.partition,
    state: facts.state,
    reason: failure?.reason ?? null,
    message: failure?.message ?? null,
    hint: failure?.hint ?? null,
    attempts: facts.attempts,
    input: facts.input,
    rows,
    outputs: facts.outputs,
    started_at: facts.startedAt,
    duration_ms: durationMs === null ? null : Math.round(durationMs),
    rows_per_second: fast ? Math.round(rows.read / (durationMs / 1000)) : null,
    notes: facts.notes(),
    gates: facts.gates,
    findings: facts.findings,
  };
}

const outcomeOrder = { rejected: 0, flagged: 1, repaired: 2 };

/** Sorts rejected before flagged before repaired, and these by count. */
function summariseProblems({ problems, rows }: SliceQuality): ProblemSummary[] {
  return problems
    .map(({ code, column, outcome, expected, count, samples }) => ({
      code,
      column,
      outcome,
      expected,
      count,
      share: rows.read === 0 ? 0 : count / rows.read,
      samples,
    }))
    .sort((a, b) => outcomeOrder[a.outcome] - outcomeOrder[b.outcome] || b.count - a.count);
}
