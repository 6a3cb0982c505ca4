import { driftThresholds } from './drift-measures.js';
import {
  closedGates,
  foldColumns,
  gateFinding,
  isTotal,
  mostOfAKind,
  partitionFindings,
} from './gate-findings.js';
import type { featureState } from './gates.js';
import { problemPhrase } from './problem-gates.js';
import { segmentFindings } from './segment-summary.js';
import type { ColumnSummary, Finding, ProblemSummary, Summary, Verdict } from './summary.js';
import { besidesText, countOf, shareText } from './wording.js';

type Judged = Omit<Summary, 'verdict' | 'findings' | 'trend'>;

const order = { bad: 0, check: 1, note: 2 };

/** A problem is reported early if it has at least this share of the rows. */
const relevantShare = 0.01;

/** A column that the model reads, and what is wrong with it. */
interface Feature {
  readonly name: string;
  readonly state: ReturnType<typeof featureState>;
}

/**
 * Returns the findings, most important first: unpublished partitions, gates, drift, features, scores,
 * problems, trend, notes. Scores come after features, because an empty feature makes them constant.
 */
export function collectFindings(
  summary: Judged,
  features: readonly Feature[],
  trend: readonly Finding[],
  decided: ReadonlySet<string> = new Set(),
): Finding[] {
  const placed = closedGates(summary);
  const closed = placed.map(({ finding }) => finding);
  const held = partitionFindings(summary);
  const gated = closed.filter((finding) => !isTotal(finding));
  const reported = new Set(
    gated.flatMap(({ about, name }) => (about === 'gate' && name !== null ? [name] : [])),
  );
  const drift = driftFindings(summary).filter(({ name }) => !reported.has(name!));
  const drifted = new Map(drift.map(({ name, level }) => [name!, level]));
  // Drift is reported once, unless there is a worse finding about the column.
  const isSaid = (name: string, level: Finding['level']) => {
    const moved = drifted.get(name);
    return reported.has(name) || (moved !== undefined && order[moved] <= order[level]);
  };
  // An unwatched column may have one value: the file of a day has one month.
  const unwatched = new Set(
    summary.columns.flatMap(({ name, drift }) => (drift?.watched === false ? [name] : [])),
  );
  // The findings of a partition include the gates that hold it back.
  const shown = foldColumns(
    placed.filter(
      ({ finding }) => !isTotal(finding) && !held.some(({ sentence }) => sentence.includes(finding.sentence)),
    ),
  );
  const scores = new Set(summary.outputs.map(({ name }) => name));
  const isOfScore = ({ column }: Finding) => column !== null && scores.has(column);
  const findings = [
    ...held,
    ...unscoredFindings(summary),
    ...shown.filter(isTruncated),
    ...inputFindings(summary, new Set(shown.map(({ code }) => code))),
    ...shown.filter((one) => !isOfScore(one) && !isTruncated(one)),
    ...drift,
    ...segmentFindings(summary.slices, isSaid),
    ...(summary.covers.rows === 0 ? [] : features)
      .filter(({ name, state }) => state !== 'constant' || !unwatched.has(name))
      .flatMap(featureFindings)
      .filter(({ name, level }) => !isSaid(name!, level)),
    ...shown.filter(isOfScore),
    ...summary.outputs
      .filter(({ name }) => !decided.has(name))
      .flatMap(outputFindings)
      .filter(({ name, level }) => !isSaid(name!, level)),
    ...(gated.some(({ about }) => about === 'gate') ? [] : closed.filter(isTotal)),
    ...problemFindings(summary, gated),
    ...trend.filter(({ name, level }) => name === null || !isSaid(name, level)),
    ...baselineFindings(summary),
    ...summary.notes.map(
      (sentence): Finding => ({
        level: 'note',
        about: 'run',
        code: 'note',
        name: null,
        column: null,
        sentence,
      }),
    ),
  ];
  return findings.sort((a, b) => order[a.level] - order[b.level]);
}

/** Says whether to use the scores, in one sentence. */
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
  if (hasOnlyOld(rows) && check.length === 0)
    return { level: 'good', sentence: `There were no new rows to score${besidesText(rows)}.` };
  if (rows.read === 0 && check.every(({ code }) => code === 'no-rows'))
    return { level: 'check', sentence: 'There were no rows to score.' };
  if (check.length > 0) {
    const more = check.length === 1 ? '' : ` (and ${check.length - 1} more)`;
    return { level: 'check', sentence: `${scored}; check first: ${check[0]!.sentence}${more}.` };
  }
  const rest = rows.ok === rows.read ? ', all of them clean' : `; ${withinLimits(summary)}`;
  return { level: 'good', sentence: `${scored}${rest}${besidesText(rows)}.` };
}

/** Says which of the existing figures are within their limits and which have no limit. */
function withinLimits({ rows, gates, partitions }: Judged): string {
  const checked = new Set([...gates, ...partitions.list.flatMap((one) => one.gates)].map(({ gate }) => gate));
  const outcomes = (['repaired', 'flagged', 'rejected'] as const).filter((outcome) => rows[outcome] > 0);
  const limited = outcomes.filter((outcome) => checked.has(`max_${outcome}`));
  const free = outcomes.filter((outcome) => !limited.includes(outcome));
  const within = `${listed(limited)} rows are within the limits`;
  const unlimited = `no limit is set for the ${listed(free.map((outcome) => countOf(rows[outcome], `${outcome} row`)))}`;
  if (free.length === 0) return within;
  return limited.length === 0 ? unlimited : `${within}, ${unlimited}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Returns true for an input that ends too early: that precedes all other doubts about how it was read. */
function isTruncated({ about, code }: Finding): boolean {
  return about === 'gate' && code === 'truncated-row';
}

function endedWith(reason: string): string {
  return reason === 'gate-failed' ? 'A gate closed' : `The run ended with "${reason}"`;
}

/**
 * Returns findings about how inputs were read, except those that gates have `said`; for a kind that several
 * inputs share, the sentence names the first and counts the others.
 */
function inputFindings({ partitions }: Judged, said: ReadonlySet<string>): Finding[] {
  const kinds = new Map<string, { finding: Finding; more: number }>();
  for (const { partition, findings } of partitions.list) {
    for (const { code, level, sentence } of findings.filter((one) => !said.has(one.code))) {
      const kind = kinds.get(`${level} ${code}`);
      if (kind !== undefined) kind.more++;
      else {
        const finding: Finding = {
          level,
          about: 'input',
          code,
          name: partition,
          column: null,
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

/** Returns true if other runs of the job have scored all rows. */
function hasOnlyOld({ read, left_out: leftOut = 0 }: Summary['rows']): boolean {
  return read === 0 && leftOut > 0;
}

/** Returns findings about unscored partitions and inputs without rows, whose figures mean nothing. */
function unscoredFindings({ covers, partitions, rows, exit_code: exitCode }: Judged): Finding[] {
  const about = { about: 'run', name: null, column: null } as const;
  if (covers.partitions > 0) {
    if (rows.read > 0 || exitCode !== 0) return [];
    const [only] = partitions.list;
    const where =
      partitions.list.length === 1 ? only!.partition : countOf(partitions.list.length, 'partition');
    if (hasOnlyOld(rows))
      return [
        { ...about, level: 'note', code: 'nothing-new', sentence: `there were no new rows in ${where}` },
      ];
    return [
      { ...about, level: 'check', code: 'no-rows', sentence: `there were no rows to score in ${where}` },
    ];
  }
  if (partitions.planned === 0)
    return [{ ...about, level: 'check', code: 'no-input', sentence: 'there was no input to score' }];
  const sentence = 'no row has been scored yet, so nothing is known about the data';
  return [{ ...about, level: 'note', code: 'nothing-scored', sentence }];
}

/**
 * Returns the columns that moved, farthest first, in the words of a gate that drift exceeded. A moderate move
 * is a note: seasons, holidays and storms cause it. A change of the distribution alone is also a note if the
 * job sets a wider limit for it that is not exceeded.
 */
function driftFindings({ columns, outputs, gates }: Judged): Finding[] {
  const closed = new Map(
    gates.filter(({ gate, passed }) => gate === 'max_drift' && !passed).map((gate) => [gate.column, gate]),
  );
  const limits = new Map(
    gates.filter(({ gate }) => gate === 'max_drift').map(({ column, limit }) => [column, limit]),
  );
  const byImportance = (list: readonly ColumnSummary[]) =>
    [...list].sort((a, b) => (b.drift?.importance ?? 0) - (a.drift?.importance ?? 0));
  // Scores move because their features did: features come first.
  return [...byImportance(columns), ...byImportance(outputs)]
    .filter(({ name, drift }) => drift !== null && (drift.level !== 'none' || closed.has(name)))
    .slice(0, mostOfAKind)
    .map(({ name, drift }) => {
      const gate = closed.get(name);
      if (gate !== undefined) return gateFinding(gate);
      return {
        level: isFar(drift!, limits.get(name)) ? 'check' : 'note',
        about: 'drift',
        code: 'drift',
        name,
        column: name,
        sentence: drift!.sentence,
      };
    });
}

type Drift = NonNullable<ColumnSummary['drift']>;

/** Measures of a distribution as a whole, which `max_drift` is the limit of. */
const ofDistribution: ReadonlySet<string> = new Set(['psi', 'js', 'ks', 'chi_square', 'mean']);

function isFar({ figures }: Drift, limit = 0): boolean {
  const severe = figures.filter(({ level }) => level === 'severe');
  const psi = figures.find(({ measure }) => measure === 'psi');
  const isWider = limit > Math.max(driftThresholds.psi[1], psi?.noise ?? 0);
  return severe.some(({ measure }) => !(isWider && ofDistribution.has(measure)));
}

function outputFindings({ name, raw }: ColumnSummary): Finding[] {
  const found: Finding[] = [];
  const bad = raw.nan + raw.infinite;
  if (bad > 0) {
    const sentence = `${countOf(bad, 'value')} of ${name} (${shareText(bad / raw.rows)}) ${bad === 1 ? 'is' : 'are'} not a finite number`;
    found.push({ level: 'check', about: 'column', code: 'not-finite', name, column: name, sentence });
  }
  if (raw.rows >= 100 && raw.distinct === 1 && raw.missing === 0) {
    found.push({
      level: 'check',
      about: 'column',
      code: 'constant-score',
      name,
      column: name,
      sentence: `${name} is the same for all ${countOf(raw.rows, 'row')}`,
    });
  }
  return found;
}

/**
 * Returns findings about features; a constant one is a note, because the file of a day has one month. Only
 * called if rows were read.
 */
function featureFindings({ name, state }: Feature): Finding[] {
  if (state === null) return [];
  const words = { absent: 'is absent', empty: 'has no values', constant: 'has the same value in every row' };
  const level = state === 'constant' ? 'note' : 'check';
  return [
    {
      level,
      about: 'column',
      code: `${state}-feature`,
      name,
      column: name,
      sentence: `feature ${name} ${words[state]}`,
    },
  ];
}

/** Returns values that lost digits or may be in another unit, and frequent problems without a gate. */
function problemFindings({ problems }: Judged, gated: readonly Finding[]): Finding[] {
  const isKnown = ({ code, column }: ProblemSummary) =>
    gated.some((finding) => finding.code === code && finding.column === column);
  const isLoss = ({ code }: ProblemSummary) => code === 'shortened' || code === 'mixed-units';
  const unnamed = problems.filter((one) => one.outcome !== 'repaired' && !isKnown(one));
  const frequent = unnamed.filter((one) => !isLoss(one) && one.share >= relevantShare).slice(0, 5);
  return [...unnamed.filter(isLoss), ...frequent].map((one) => {
    const { code, column, outcome, count, share } = one;
    const phrase = isLoss(one) ? problemPhrase(one) : `${code}${column === null ? '' : ` in ${column}`}`;
    return {
      level: isLoss(one) ? 'check' : 'note',
      about: 'problem',
      code,
      name: code,
      column,
      sentence: `${phrase}: ${countOf(count, 'row')} (${shareText(share)}) ${outcome}`,
    };
  });
}

function baselineFindings({ baseline }: Judged): Finding[] {
  if (baseline === null || baseline.same_model !== false) return [];
  const sentence =
    'the baseline was written with another model: drift of the scores may be the model, not the data';
  return [{ level: 'note', about: 'drift', code: 'other-model', name: null, column: null, sentence }];
}
