import type { SourceFinding } from '../chunk/source-finding.js';
import type { GateResult } from './gate.js';
import type { SliceQuality } from './slice-quality.js';

const truncatedInput = 'truncated-input';

/** Fails or warns if an input ends within a row: one with missing cells, or (`findings`) a cut last cell. */
export function truncatedGate(
  { problems }: SliceQuality,
  findings: readonly SourceFinding[],
  severity: 'ignore' | 'warn' | 'fail',
): GateResult[] {
  const row = problems.find(({ code }) => code === 'truncated-row');
  const cell = findings.find(({ code }) => code === truncatedInput);
  if (severity === 'ignore' || (row === undefined && cell === undefined)) return [];
  const line = row?.samples[0]?.line ?? null;
  const where = line === null ? '' : ` in line ${line}`;
  const sentence =
    cell?.sentence ?? `the file ends in the middle of a row${where}: the transfer may be incomplete`;
  return [
    {
      gate: 'truncated',
      code: 'truncated-row',
      column: null,
      scope: 'partition',
      figure: 1,
      limit: 0,
      severity,
      passed: false,
      sentence,
    },
  ];
}

/** Returns the findings that no gate covers. */
export function otherFindings(findings: readonly SourceFinding[]): SourceFinding[] {
  return findings.filter(({ code }) => code !== truncatedInput);
}
