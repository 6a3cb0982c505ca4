import type { ColumnType } from '../../chunk/column.js';
import type { SourceFinding } from '../../chunk/source-finding.js';
import type { Job } from '../../job/job.js';
import { countOf } from '../../quality/wording.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { firstOf } from '../../text/first-of.js';
import { type MarkCounts, type ScoredRange, showMark } from '../records/marks.js';
import type { NewInputs } from './since-last.js';

/** Returns a note on the rows of an input that are left out, because other runs of the job have scored them. */
export function scoredRowsFindings(
  job: Job,
  { scoredRows, published }: Pick<NewInputs, 'scoredRows' | 'published'>,
  { path }: InputFile,
): SourceFinding[] {
  const { name, type } = watermarkOf(job);
  const last = scoredRows.get(path)?.at(-1);
  const keys = job.input.since?.key.map((one) => `"${one}"`).join(', ') ?? '';
  if (last === undefined && published.length === 0) return [];
  const which =
    last === undefined ? `the key (${keys}) of published rows` : `"${name}" up to ${showMark(type, last.to)}`;
  const sentence = `rows with ${which} are left out, because other runs of the job have scored them`;
  return [{ code: 'rows-left-out', level: 'note', sentence }];
}

/**
 * Compares the rows that were left out with those that other runs have scored: where there are more, some came
 * late, and no run has scored them; where there are fewer, some are gone, or have a greater watermark by now.
 */
export function lateRowsFindings(
  job: Job,
  scored: readonly ScoredRange[],
  { leftOut }: MarkCounts,
): SourceFinding[] {
  const { name, type } = watermarkOf(job);
  const differ = scored.map(({ rows, to, by }, i) => ({ more: leftOut[i]! - rows, to, by }));
  const late = differ.filter(({ more }) => more > 0);
  const gone = differ.filter(({ more }) => more < 0);
  const findings: SourceFinding[] = [];
  if (late.length > 0) {
    const rows = late.reduce((sum, { more }) => sum + more, 0);
    const upTo = showMark(type, late.at(-1)!.to);
    const folders = firstOf([...new Set(late.map(({ by }) => by))], 3);
    findings.push({
      code: 'late-rows',
      level: 'check',
      sentence: `${countOf(rows, 'row')} came late and ${rows === 1 ? 'is' : 'are'} not scored: with "${name}" up to ${upTo}, which other runs had already scored; to score them, run again with --force: ${folders}`,
    });
  }
  if (gone.length > 0) {
    const rows = gone.reduce((sum, { more }) => sum - more, 0);
    const upTo = showMark(type, gone.at(-1)!.to);
    findings.push({
      code: 'gone-rows',
      level: 'note',
      sentence: `${countOf(rows, 'row')} that other runs have scored, with "${name}" up to ${upTo}, ${rows === 1 ? 'is' : 'are'} no longer there, or ${rows === 1 ? 'has' : 'have'} a greater value by now`,
    });
  }
  return findings;
}

function watermarkOf({ input, columns }: Job): { readonly name: string; readonly type: ColumnType } {
  const name = input.since?.watermark ?? '';
  return { name, type: columns.find((column) => column.name === name)?.type ?? 'string' };
}
