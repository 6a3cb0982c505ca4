import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidError } from '../errors.js';
import { cpuMicros } from '../process/cpu-micros.js';
import { steadyNow } from '../process/steady-clock.js';
import type { Comparison } from '../quality/comparison.js';
import type { Recommendation } from '../quality/recommend-model.js';
import { usingCopies } from '../storage/s3/local-copies.js';
import { printable } from '../text/printable.js';
import type { ChosenCandidate } from './compare-candidates.js';
import { limitsOf } from './compare-options.js';
import { adviceLines, textLines } from './compare-text.js';
import { jobOptions } from './job-options.js';
import { openObserver } from './observe.js';
import { print } from './print.js';
import { stderrFormOf } from './stderr-form.js';
import { stopSignal } from './stop-signal.js';

type Options = Readonly<Record<string, unknown>>;

/** Compares the candidates that `choose` returns, prints the result, and writes the page and the job file. */
export function runComparison(path: string, options: Options, choose: Choose): Promise<number> {
  // Choosing and comparing read the same copies of models in S3.
  return usingCopies(() => compareChosen(path, options, choose));
}

/** Returns what to compare, and notes for people who read the figures; calls `loaded` once the job is loaded. */
type Choose = (loaded: () => void) => Promise<{
  readonly candidates: readonly ChosenCandidate[];
  readonly notes: readonly string[];
}>;

async function compareChosen(path: string, options: Options, choose: Choose): Promise<number> {
  const limits = limitsOf(options);
  const isWritten = options['write'] === true;
  const page = options['page'] === undefined ? null : pageOf(String(options['page']));
  const stop = stopSignal();
  const startedAt = new Date(steadyNow());
  try {
    const text = isWritten ? await readFile(path, 'utf8').catch(() => '') : '';
    const { compareModels } = await import('../run/compare-models.js');
    // Choosing may make models, which a run does not.
    let startMicros = 0;
    const { candidates, notes } = await choose(() => {
      startMicros = cpuMicros();
    });
    stop.watch(candidates[0]!.job, startedAt);
    const { checkNamed, writeNamed } = await import('../storage/durable.js');
    const written = [...(page === null ? [] : [page.html, page.json]), ...(isWritten ? [path] : [])];
    for (const file of written) await checkNamed(file);
    const observer = await openObserver(options['quiet'] === true, stderrFormOf({}));
    const { comparison: measured, outputs } = await compareModels(candidates, {
      labels: textOf(options['labels']),
      positive: textOf(options['positive']),
      score: textOf(options['score']),
      startMicros,
      observe: observer.observe,
      signal: stop.signal,
    }).finally(() => observer.close());
    const comparison = {
      ...measured,
      notes: [...measured.notes, ...notes],
      models: measured.models.map((one, i) => ({ ...one, path: candidates[i]!.made?.path ?? one.path })),
    };
    const { noLimits, recommend } = await import('../quality/recommend-model.js');
    const recommendation = limits === null && !isWritten ? null : recommend(comparison, limits ?? noLimits);
    const json = JSON.stringify({ ...comparison, recommendation });
    const said: string[] = [];
    if (page !== null) {
      const { renderComparison } = await import('../quality/page/render-comparison.js');
      await writeNamed(page.html, renderComparison(comparison, outputs, recommendation));
      await writeNamed(page.json, `${json}\n`);
      said.push(`page: ${printable(page.html)}`);
    }
    if (isWritten && recommendation !== null)
      said.push(await writeChoice(path, text, candidates, comparison, recommendation, options));
    const lines = [...textLines(comparison), ...adviceLines(recommendation)];
    print(
      options['json'] === true
        ? `${json}\n`
        : `${[...lines, ...(said.length === 0 ? [] : ['', ...said])].join('\n')}\n`,
    );
    return 0;
  } finally {
    stop.release();
  }
}

function textOf(option: unknown): string | null {
  return option === undefined ? null : String(option);
}

/** Returns the paths of the page and of the JSON next to it. */
function pageOf(given: string): { readonly html: string; readonly json: string } {
  if (!/\.html?$/i.test(given)) {
    throw new InvalidError('usage', `"--page" must end in .html, found "${given}"`, {
      hint: 'for example --page comparison.html; the same figures go to comparison.json',
    });
  }
  const html = resolve(given);
  return { html, json: html.replace(/\.html?$/i, '.json') };
}

/** Writes the recommended model and settings into the job file, and says what it did. */
async function writeChoice(
  path: string,
  before: string,
  candidates: readonly ChosenCandidate[],
  { models }: Comparison,
  { model, refused }: Recommendation,
  options: Options,
): Promise<string> {
  const at = models.findIndex((one) => one.model === model);
  const chosen = candidates[at];
  if (chosen === undefined) {
    throw new InvalidError(
      'no-recommendation',
      `no model meets the limits: ${refused.map(({ model: name, why }) => `"${name}" ${why}`).join('; ')}`,
      {
        file: path,
        hint: 'relax a limit, or compare other models; the job file stays as it is',
      },
    );
  }
  if (chosen.edits === null) {
    throw new InvalidError('job-edit', `the recommended "${chosen.name}" is a job file of its own`, {
      file: path,
      hint: `run it in place of this one: nightshift run ${chosen.name}`,
    });
  }
  const [{ job }] = candidates as readonly [ChosenCandidate];
  const edits = chosen.edits.flatMap((edit) =>
    edit.key === 'path' && job.model.sha256 !== null
      ? [edit, { section: 'model', key: 'sha256', value: models[at]!.sha256 } as const]
      : [edit],
  );
  if (edits.length === 0)
    return `job file ${printable(path)}: its own model is already the recommended one, so nothing is written`;
  const { editJob } = await import('../job/edit-job.js');
  const { readRegular, writeNamed } = await import('../storage/durable.js');
  const { made } = chosen;
  if (made !== undefined) await refuseOther(made);
  const edited = editJob(before, job.file, edits, jobOptions(options));
  const now = await readRegular(path).catch(() => null);
  if (now !== before) {
    throw new InvalidError('job-changed', `job file "${path}" changed while the models were compared`, {
      file: path,
      hint: 'run the command again, or write the choice by hand',
    });
  }
  if (made !== undefined) await writeNamed(made.path, made.bytes);
  await writeNamed(path, edited);
  return `job file ${printable(path)}: ${edits.map(({ section, key, value }) => `${section}.${key}: ${value}`).join(', ')}`;
}

/** Refuses to write a model over a file that holds something else. */
async function refuseOther({ path, bytes }: NonNullable<ChosenCandidate['made']>): Promise<void> {
  const there = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (there === null || there.equals(bytes)) return;
  throw new InvalidError('file-exists', `model "${path}" exists, and is another one`, {
    file: path,
    hint: 'move it away, then run the command again',
  });
}
