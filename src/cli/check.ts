import { loadJob } from '../job/load-job.js';
import { batchSentence, type ModelFacts } from '../model/explain-model.js';
import type { CheckFinding } from '../run/check-finding.js';
import type { CheckedInput, CheckReport } from '../run/check-job.js';
import { aboutComparison } from '../run/export-findings.js';
import { printable } from '../text/printable.js';
import { counted } from '../text/units.js';
import { checkAsJson } from './check-as-json.js';
import type { CommandFile } from './command.js';
import { exitOf } from './exit.js';
import { jobOptions, withJob } from './job-options.js';
import { print } from './print.js';
import { stopSignal } from './stop-signal.js';
import { foldedTable, screenWidth, sideBySide } from './table.js';

/** `nightshift check JOB`. */
export const check = {
  name: 'check',
  summary:
    'preflight in seconds: checks the model against columns and headers, memory and disk; writes nothing',
  describe: (command) =>
    withJob(command)
      .option('--json', 'as JSON', false)
      .addHelpText(
        'after',
        '\nCost: runs the model on generated rows and reads each input’s header or footer; with `model.compare_with`, scores a sample of rows with two models.',
      ),
  async run(args, options) {
    const isJson = options['json'] === true;
    const report = await look(args[0]!, options).catch((error: unknown) => {
      if (isJson) print(`${JSON.stringify(refusalOf(args[0]!, error))}\n`);
      throw error;
    });
    const ok = report.findings.every(({ level }) => level !== 'error');
    print(isJson ? `${JSON.stringify(checkAsJson(report))}\n` : asText(report));
    return ok ? 0 : worst(report.findings);
  },
} satisfies CommandFile;

async function look(path: string, options: Readonly<Record<string, unknown>>): Promise<CheckReport> {
  const stop = stopSignal();
  try {
    const job = await loadJob(path, jobOptions(options));
    const { checkJob } = await import('../run/check-job.js');
    return await checkJob(job, stop.signal);
  } finally {
    stop.release();
  }
}

/** Returns 2 if a person must act on an error; 5 or 6 if a later call or more memory would do. */
function worst(findings: readonly CheckFinding[]): number {
  const codes = findings.flatMap(({ level, exit_code = 2 }) => (level === 'error' ? [exit_code] : []));
  return codes.includes(2) ? 2 : Math.max(...codes);
}

/** Formats an error that stopped the check itself as a report. */
function refusalOf(job: string, error: unknown): object {
  const { code, reason, message, hint } = exitOf(error);
  return {
    job,
    ok: false,
    exit_code: code,
    reason,
    findings: [{ level: 'error', about: job, message, hint }],
  };
}

function asText({ plan, mapping, findings, inputBytes, workers, cores }: CheckReport): string {
  const width = screenWidth();
  const { job, inputs, model } = plan;
  const machine = `${counted(workers, 'worker')} with ${counted(model.threads, 'thread')} each on ${counted(cores, 'core')}`;
  const lines = [
    `${job.name}: ${counted(inputs.length, 'partition')}, ${bytesText(inputBytes)}; ${machine}`,
    '',
    ...modelRows(model).flatMap((row) => sideBySide(row, [labelWidth, width - labelWidth - 2])),
    '',
    ...foldedTable(
      ['input', 'column', 'type', 'cast', 'policy'],
      mapping.inputs.map((row) => [inputName(row), row.column, row.type, row.cast, row.policy]),
      width,
      2,
    ),
    '',
    ...foldedTable(
      ['output', 'column', 'type', 'taken', 'policy'],
      mapping.outputs.map((row) => [row.output, row.column, row.type, row.taken, row.policy]),
      width,
      2,
    ),
    '',
    ...findings.flatMap((finding) => findingText(finding, width)),
    verdictOf(findings),
  ];
  return `${lines.join('\n')}\n`;
}

/** A run does not read `model.compare_with`. */
function verdictOf(findings: readonly CheckFinding[]): string {
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length === 0) return 'ready to run';
  return errors.every(({ about }) => about === aboutComparison)
    ? 'ready to run, but the models cannot be compared'
    : 'this job would fail';
}

const labelWidth = 9;

function modelRows(model: ModelFacts): string[][] {
  const { path, sha256, bytes, producer, opsets, nodes, trees, classes, rewrites, batch } = model;
  const sets = Object.entries(opsets).map(([domain, version]) => `${domain} ${version}`);
  const about = [bytesText(bytes), producer, ...sets, `${nodes} nodes`].filter((text) => text !== '');
  const rows = [
    ['model', `${path} (${about.join(', ')})`],
    ['sha256', sha256],
    ...(trees === null ? [] : [['trees', trees]]),
    ...Object.entries(classes).map(([output, labels]) => ['classes', `${output}: ${shown(labels)}`]),
    ...rewrites.map((sentence) => ['changed', sentence]),
    ['batch', batchSentence(batch)],
  ];
  return rows.map((row, i) => [row[0] === rows[i - 1]?.[0] ? '' : row[0]!, printable(row[1]!)]);
}

function shown(labels: readonly string[]): string {
  const few = labels.slice(0, 20).join(', ');
  return labels.length > 20 ? `${few}, … (${labels.length})` : few;
}

function inputName({ input, place }: CheckedInput): string {
  return place === null ? input : `${input}[${place}]`;
}

function findingText({ level, about, message, hint }: CheckFinding, width: number): string[] {
  const prefix = message.startsWith(about) ? '' : `${about}: `;
  const lines = message.split('\n').map((line, i) => (i === 0 ? `${level}: ${prefix}${line}` : line));
  const hints = hint === null ? [] : sideBySide(['', hint], [0, width - 2]);
  return [...lines.flatMap((line) => sideBySide([printable(line)], [width])), ...hints];
}

function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
