import { adviceFor } from '../../quality/advice.js';
import type { Summary } from '../../quality/summary.js';
import { type Reason, reasons } from '../../reasons.js';
import {
  type PartitionOutcome,
  type ReportFinding,
  type ReportVerdict,
  recordEntry,
} from '../records/outcomes.js';
import type { Failure, LedgerEntry } from '../records/record.js';

/** Maximum number of findings in the last line, which is read on a phone. */
const mostFindings = 3;

/** Returns the verdict of a run's summary, or, without one (a shard), from its partitions' outcomes. */
export function verdictOf(
  summary: Summary | null,
  outcomes: readonly PartitionOutcome[],
  stopped: Failure | null,
  exitCode: number,
): ReportVerdict {
  const failure = stopped ?? outcomes.find(({ failure }) => failure !== null)?.failure ?? null;
  const found = summary?.findings.filter(({ level }) => level !== 'note') ?? findingsOf(outcomes);
  const isBad = exitCode !== 0 || found.some(({ level }) => level === 'bad');
  const verdict = summary?.verdict.level ?? (isBad ? 'bad' : found.length > 0 ? 'check' : 'good');
  if (verdict === 'good') return { verdict, findings: [], findings_total: 0, hint: null };
  const findings = found.length === 0 && failure !== null ? [failureFinding(failure)] : found;
  const shown = findings.slice(0, mostFindings).map(({ level, code, column, sentence }) => ({
    level,
    code,
    column,
    sentence,
  }));
  const hint = exitCode === 0 ? null : (failure?.hint ?? null);
  return {
    verdict,
    findings: shown,
    findings_total: findings.length,
    hint: hint ?? adviceFor(shown[0]?.code ?? ''),
  };
}

/** Returns the verdict of a run that failed as a whole; one without input only needs a check. */
export function verdictOfFailure(failure: Failure): ReportVerdict {
  const isEmpty = failure.exitCode === 99;
  const finding = failureFinding(failure);
  return {
    verdict: isEmpty ? 'check' : 'bad',
    findings: [{ ...finding, level: isEmpty ? 'check' : 'bad' }],
    findings_total: 1,
    hint: failure.hint ?? todoOf(failure.reason),
  };
}

/** Returns what to do about a reason; null if the errors of that reason say it themselves. */
function todoOf(reason: string): string | null {
  const todo = reasons[reason as Reason]?.todo ?? null;
  return todo !== null && /^see the (hint|message)/.test(todo) ? null : todo;
}

function failureFinding({ reason, message }: Failure): ReportFinding {
  return { level: 'bad', code: reason, column: null, sentence: inOneLine(message) };
}

/**
 * Returns the first line of a message and the first entry of a list under it; the stack of a bug is not a
 * list.
 */
function inOneLine(message: string): string {
  const [first, second, ...others] = message.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '));
  if (second === undefined || second === '' || second.startsWith('at ')) return first!;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${first!.replace(/:$/, '')}: ${second}${more}`;
}

/**
 * Returns the findings of records about single partitions: failures, exceeded gates, doubts about their
 * inputs.
 */
function findingsOf(outcomes: readonly PartitionOutcome[]): ReportFinding[] {
  const failed = outcomes.flatMap(({ failure }) => (failure === null ? [] : [failureFinding(failure)]));
  const checks = outcomes.flatMap((outcome) => findingsOfRecord(outcome.partition, recordEntry(outcome)));
  return [...failed, ...checks];
}

/** Returns the doubts and the warnings of a record. */
function findingsOfRecord(partition: string, record: LedgerEntry | null): ReportFinding[] {
  if (record === null) return [];
  return [
    ...record.doubts.map(({ code, sentence }) => ({
      level: 'check' as const,
      code,
      column: null,
      sentence: `${partition}: ${sentence}`,
    })),
    ...record.closed
      .filter(({ severity }) => severity === 'warn')
      .map(({ gate, code, column, sentence }) => ({
        level: 'check' as const,
        code: code ?? gate,
        column,
        sentence: `${partition}: ${sentence}`,
      })),
  ];
}
