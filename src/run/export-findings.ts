import { basename } from 'node:path';
import { counted } from '../text/units.js';
import type { CheckFinding } from './check-finding.js';
import type { ExportComparison, LeafExample } from './compare-export.js';

/** The subject of a comparison's findings. */
export const aboutComparison = 'model.compare_with';

/** Returns findings about a trainer's file and its export: a warning per kind of difference, else a note. */
export function exportFindings(found: ExportComparison, modelPath: string): CheckFinding[] {
  const isOwn = modelPath === found.exported.path;
  const compared = withShortNames(found);
  const { trained, exported, rows, inputs, trees, thresholds, rounding } = compared;
  const both = `"${exported.path}" and "${trained.path}"`;
  if (rows === 0)
    return [warning(`no row of the sample can be scored with both ${both}`, 'see the other findings')];
  const sample = `${counted(rows, 'row')} of ${counted(inputs, 'file')}`;
  const findings = [
    ...otherTrees(compared),
    ...otherLeaves(compared, sample, isOwn),
    ...otherScores(compared),
    ...unpaired(compared),
  ];
  const rounded =
    thresholds.different === 0
      ? 'all of their thresholds are the same'
      : `${thresholds.different} of ${thresholds.compared} thresholds differ, so another row may land in another leaf`;
  if (findings.length === 0) {
    const message = `${sample}, scored with ${both}, land in the same leaves; their raw scores differ by at most ${figure(rounding.largest_difference)}, which is rounding; ${rounded}`;
    return [{ level: 'note', about: aboutComparison, message, hint: null }];
  }
  if (trees.alike > 0)
    findings.push({
      level: 'note',
      about: aboutComparison,
      message: `${trees.alike} trees have the same shape in both files; ${rounded}`,
      hint: null,
    });
  return findings;
}

/** Returns the names of the files, without their folders if the names alone distinguish them. */
function withShortNames(found: ExportComparison): ExportComparison {
  const short = ({ path, sha256 }: ExportComparison['trained']) => ({ path: basename(path), sha256 });
  const [trained, exported] = [short(found.trained), short(found.exported)];
  return trained.path === exported.path ? found : { ...found, trained, exported };
}

/** Returns differences of the files themselves: other trees, other leaves. */
function otherTrees({ trained, exported, trees, leaves }: ExportComparison): CheckFinding[] {
  const findings: CheckFinding[] = [];
  if (trees.trained !== trees.exported)
    findings.push(
      warning(
        `"${exported.path}" has ${counted(trees.exported, 'tree')}, and ${trees.trained} of "${trained.path}" are scored: only the first ${Math.min(trees.trained, trees.exported)} were compared`,
        'export the model again with the same rounds, or set "model.rounds"',
      ),
    );
  if (leaves.different > 0)
    findings.push(
      warning(
        `${leaves.different} of ${counted(leaves.compared, 'leaf').replace('leafs', 'leaves')} of "${exported.path}" differ from those in "${trained.path}" by more than float32 rounding`,
        'it is an export of another training run, or its exporter left something out (the weights of DART, linear leaves)',
      ),
    );
  return findings;
}

function otherLeaves(
  { trained, exported, in_another_leaf: other, examples }: ExportComparison,
  sample: string,
  isOwn: boolean,
): CheckFinding[] {
  if (other.rows === 0) return [];
  const message = [
    `${other.rows} of ${sample} land in another leaf of "${exported.path}" than of "${trained.path}", and their raw scores differ by up to ${figure(other.largest_difference)}`,
    ...examples.map(exampleText),
  ].join('\n');
  const hint = isOwn
    ? `set "model.path" to "${trained.path}": it is scored as its trainer scores it`
    : 'do not compare scores of the export with those of this job row by row';
  return [warning(message, hint)];
}

function otherScores({ trained, exported, in_same_leaves: same, answers }: ExportComparison): CheckFinding[] {
  const findings: CheckFinding[] = [];
  if (same.rows > 0)
    findings.push(
      warning(
        `${counted(same.rows, 'row')} in the same leaves of both files have raw scores that differ by up to ${figure(same.largest_difference)}, more than the rounding of float32 explains`,
        'it is an export of another training run, or its exporter left something out (the weights of DART, linear leaves)',
      ),
    );
  if (answers === null)
    findings.push(
      warning(
        `no output of "${exported.path}" has as many values for a row as the answers of "${trained.path}": only their trees are compared`,
        'the answers of the export do not fit the training objective',
      ),
    );
  else if (answers.rows > 0)
    findings.push(
      warning(
        `${counted(answers.rows, 'row')} with the same raw score have other values in "${answers.exported}" of "${exported.path}" than in "${answers.trained}" of "${trained.path}", by up to ${figure(answers.largest_difference)}`,
        'the export turns raw scores into answers differently than the training objective requires',
      ),
    );
  return findings;
}

function unpaired({ unpaired: rows, failed, exported }: ExportComparison): CheckFinding[] {
  const findings: CheckFinding[] = [];
  if (rows > 0)
    findings.push(
      warning(
        `${counted(rows, 'row')} of the sample are accepted by one of the two models alone`,
        'give their columns a type under "columns"',
      ),
    );
  if (failed > 0)
    findings.push(warning(`"${exported.path}" fails on ${counted(failed, 'row')} of the sample`, null));
  return findings;
}

function exampleText({ input, row, tree, test }: LeafExample): string {
  const where = `row ${row} of ${input}: tree ${tree}`;
  if (test === null) return `${where}, whose shape differs`;
  const { feature, column, threshold, exported_threshold, value, exported_value, isWithheld } = test;
  const name = column === null || column === feature ? `"${feature}"` : `"${feature}" (column "${column}")`;
  if (isWithheld) return `${where} tests ${name}, whose values are redacted`;
  const has = (number: number | null) => (number === null ? 'a missing value' : String(number));
  const of = (one: string, other: string) => (one === other ? one : `${one}, in the export ${other}`);
  const against = of(has(threshold), has(exported_threshold));
  return `${where} tests ${name} against ${against}; the row has ${of(has(value), has(exported_value))}`;
}

function warning(message: string, hint: string | null): CheckFinding {
  return { level: 'warning', about: aboutComparison, message, hint };
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
