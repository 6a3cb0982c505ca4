import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidError } from '../errors.js';
import type { Constant, DraftedJob } from '../run/draft/draft.js';
import { checkNamed, makeFolder, removeFile, writeNamed } from '../storage/durable.js';
import { onStorage } from '../storage/storage-error.js';
import { printable } from '../text/printable.js';
import { counted } from '../text/units.js';
import type { CommandFile } from './command.js';
import { collectConstants, collectMaps } from './init-options.js';
import { localPath } from './local-path.js';
import { print } from './print.js';
import { stopSignal } from './stop-signal.js';
import { screenWidth, sideBySide } from './table.js';

/** `nightshift init --model M --input F`. */
export const init = {
  name: 'init',
  summary: 'write a job file that fits a model and a file',
  describe: (command) =>
    command
      .requiredOption(
        '--model <path>',
        'the model: an .onnx file, a LightGBM or XGBoost file, or the folder of an MLflow model',
      )
      .requiredOption('--input <path>', 'the input: a CSV, Parquet or Arrow file, a glob or a folder')
      .option('-o, --output <path>', 'the job file to write', localPath, 'job.yaml')
      .option('--force', 'overwrite the job file', false)
      .option(
        '--map <input=columns>',
        'the columns for an input of the model, separated by commas, in training order; repeatable',
        collectMaps,
        new Map(),
      )
      .option(
        '--constant <input=value>',
        'a value for an input of the model, the same in every row; repeatable',
        collectConstants,
        new Map(),
      )
      .option('--yes', 'ask no questions, even on a terminal', false)
      .option('--json', 'print JSON and ask no questions', false)
      .addHelpText(
        'after',
        '\nCost: two trials of the model, and up to 4 MiB of the first input file. Everything uncertain is marked UNSURE in the job file and listed.',
      ),
  async run(_, options) {
    const [model, input, output] = ['model', 'input', 'output'].map((key) => String(options[key])) as [
      string,
      string,
      string,
    ];
    const isJson = options['json'] === true;
    const force = options['force'] === true;
    // Before the file that tries the folder out, which a signal would leave there.
    const stop = stopSignal();
    try {
      if (!force) await refuseExisting(output);
      await checkNamed(output);
      const isAsked =
        !isJson && options['yes'] !== true && process.stdin.isTTY === true && process.stdout.isTTY;
      const { draftJob } = await import('../run/draft-job.js');
      const ask = isAsked ? (await import('./ask.js')).askOnTerminal(stop.signal) : null;
      const [maps, constants] = [options['map'], options['constant']] as [
        ReadonlyMap<string, readonly string[]>,
        ReadonlyMap<string, Constant>,
      ];
      const drafted = await draftJob({ model, input, output, maps, constants, signal: stop.signal, ask });
      await write(output, await withSchema(drafted.text, output), force);
      print(isJson ? `${JSON.stringify(asJson(drafted, output))}\n` : asText(drafted, output));
      return 0;
    } finally {
      stop.release();
    }
  },
} satisfies CommandFile;

async function refuseExisting(path: string): Promise<void> {
  if ((await stat(path).catch(() => null)) === null) return;
  throw existing(path);
}

function existing(path: string): InvalidError {
  return new InvalidError('file-exists', `job file "${path}" exists`, {
    file: path,
    hint: 'choose another name with -o, or overwrite it with --force',
  });
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  if (force) return writeNamed(path, text);
  await makeFolder(dirname(path), path);
  // Takes the name first: another program may have taken it since it was looked for.
  await onStorage('output', path, async () => {
    try {
      await writeFile(path, '', { flag: 'wx' });
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? existing(path) : error;
    }
  });
  try {
    await writeNamed(path, text);
  } catch (error) {
    await removeFile(path);
    throw error;
  }
}

/** Returns the text with the line that lets editors find the schema of job files. */
async function withSchema(text: string, path: string): Promise<string> {
  const { schemaComment } = await import('./schema.js');
  return `${schemaComment(path)}\n${text}`;
}

function asJson({ draft, unsure, sample }: DraftedJob, output: string): object {
  const inputs = draft.inputs.map(({ input, columns, doubt }) => ({ input, columns, sure: doubt === null }));
  return {
    job: output,
    name: draft.name,
    inputs,
    columns: draft.columns.map(({ name }) => name),
    unsure,
    sample,
  };
}

function asText({ draft, unsure, sample }: DraftedJob, output: string): string {
  const width = screenWidth();
  const said = (head: string, text: string) => sideBySide([head, printable(text)], [9, width - 11]);
  const fed = draft.inputs.reduce((sum, { columns }) => sum + columns.length, 0);
  const key = draft.carried[0];
  const rows = `${sample.isWhole ? 'all' : 'the first'} ${counted(sample.rows, 'row')} of ${sample.file}`;
  const lines = [
    ...said('wrote', output),
    ...said('model', `${counted(fed, 'column')} for ${counted(draft.inputs.length, 'input')}`),
    ...said('sample', `${rows}: ${sample.scored} scored, ${sample.rejected} rejected`),
    ...said('key', key === undefined ? 'none: nothing in the file says which column identifies a row' : key),
    ...unsure.flatMap((doubt, i) => said(i === 0 ? 'unsure' : '', `- ${doubt}`)),
    ...said(
      'next',
      unsure.length === 0
        ? `nightshift run ${output}`
        : `check the lines marked UNSURE in ${output}, then: nightshift run ${output}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
