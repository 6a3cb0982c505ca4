import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { OutputField } from '../chunk/batch.js';
import type { Chunk } from '../chunk/chunk.js';
import { addRows, noRows, type RowCounts } from '../chunk/row-counts.js';
import { selectRows } from '../chunk/select-rows.js';
import type { SourceFinding } from '../chunk/source-finding.js';
import { InvalidError } from '../errors.js';
import type {
  About,
  Assembler,
  Encoder,
  FormatName,
  Sink,
  SkippedLines,
  WriteOptions,
} from '../formats/format.js';
import { formatOfExtension, formats } from '../formats/formats.js';
import { isRemote } from '../formats/remote-file.js';
import { ownerPattern, ownerTag } from '../process/owner.js';
import { countProblems, mergeProblems, type ProblemCount } from '../quality/problem-count.js';
import { countStatus, rowStatus } from '../repair/row-status.js';
import { checkNamed, makeFolder, removeLeftovers, renameDurably, writeTarget } from '../storage/durable.js';
import { createStagedFile, type StagedFile } from '../storage/staged-file.js';
import { type InputState, statInput } from '../storage/stat-input.js';
import { lendPath } from './plan/lend-remote.js';
import { checkUnchanged } from './plan/open-partition.js';
import { openRepairable, type Repairable } from './repaired/repairable.js';
import { type ColumnTypes, withoutOtherTexts, withoutRefuted } from './repaired/repaired-columns.js';
import { rejectLines } from './slice/reject-lines.js';

/** The file to repair, how to read it, and where to write; the extension determines the clean format. */
interface RepairRequest {
  readonly input: string;
  readonly output: string;
  /** The job file's `input.csv`, or the value of `--dialect`. */
  readonly csv: Readonly<Record<string, unknown>>;
  /** `auto`: a column gets a type if every cell parses as it; otherwise all columns are text. */
  readonly types: 'text' | 'auto';
  /**
   * `keep`: unpaired quotes stay as text; `drop`: removes those without which a cell fits its column better.
   * By default they stay in text columns, and are removed where types are requested.
   */
  readonly strayQuotes?: 'keep' | 'drop' | undefined;
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
}

/** The result of a repair: the counts of rows read, repaired and written. */
export interface RepairReport {
  readonly input: string;
  readonly output: string;
  readonly rejects: string;
  readonly format: FormatName;
  /** The input's format; `about` says how it is read. */
  readonly from: FormatName;
  readonly about: About;
  readonly notes: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: OutputField['type'] }[];
  readonly rows: RowCounts;
  /** Every repair and reject, counted by code and column, in the order of their first occurrence. */
  readonly problems: readonly ProblemCount[];
  readonly skipped: SkippedLines;
  /** Findings about how the file was read, for a person. */
  readonly findings: readonly SourceFinding[];
}

/**
 * Reads a file (CSV in any dialect, JSON Lines, Parquet or Arrow) and writes a clean one next to its rejects
 * (`OUTPUT.rejects.ndjson`): either both appear complete or neither does. One pass in bounded memory, one
 * thread; `types: auto` starts again for columns that turn out to be text. Throws `InvalidError` for a file
 * that cannot be repaired, `TransientError` for a failure that may pass, naming the file.
 */
export async function repairFile(asked: RepairRequest): Promise<RepairReport> {
  const format = outputFormat(asked.output);
  const request = { ...asked, output: await fileToWrite(asked.output) };
  await lendPath(request.input);
  const from = await openRepairable(request, format);
  const before = await statInput(request.input);
  await refuseSame(request);
  await makeFolder(dirname(request.output), request.output);
  let types = await from.types();
  for (;;) {
    const tried = await writeRepaired(from, types, format, request, before);
    if (tried.report !== null) return tried.report;
    types = tried.types;
  }
}

function outputFormat(path: string): FormatName {
  const format = formatOfExtension(extname(path));
  if (format !== null) return format;
  throw new InvalidError(
    'output-format',
    `"--output" must end in .csv, .jsonl, .parquet or .arrow, found ${path}`,
  );
}

/** Returns the file to write, a link's target. Throws `InvalidError` for a pipe or a device. */
async function fileToWrite(path: string): Promise<string> {
  const { path: target, isDevice } = await writeTarget(path);
  if (!isDevice) return target;
  throw new InvalidError(
    'not-a-file',
    `output "${path}" is a device, but a clean file and its rejects need a folder`,
    {
      file: path,
      hint: 'give the path of a file',
    },
  );
}

async function refuseSame({ input, output }: RepairRequest): Promise<void> {
  if (isRemote(input)) return;
  const [from, to] = await Promise.all([stat(input), stat(output).catch(() => null)]);
  if (to === null || from.ino !== to.ino || from.dev !== to.dev) return;
  throw new InvalidError(
    'output-is-input',
    `"--output" must be another file than the input, found ${output}`,
    {
      file: input,
    },
  );
}

interface Attempt {
  /** Null if a cell refuted a type: then nothing is published. */
  readonly report: RepairReport | null;
  readonly types: ColumnTypes;
}

async function writeRepaired(
  from: Repairable,
  types: ColumnTypes,
  format: FormatName,
  { input, output, chunkBytes, signal }: RepairRequest,
  before: InputState,
): Promise<Attempt> {
  const { source } = from;
  const { description, about, cells } = source;
  const plan = from.plan(types);
  const kept = [...types.keys()].filter((i) => types[i] !== 'none');
  const fields = kept.map((i): OutputField => ({ ...plan.columns[i]!, dictionary: false }));
  const rejectsPath = `${output}.rejects.ndjson`;
  const staged = await stageFiles([output, rejectsPath]);
  const decoder = await from.reads.decoder(description, plan);
  const texts = from.texts(types);
  const textDecoder = texts && (await from.reads.decoder(description, texts));
  let rows = noRows;
  let problems: ProblemCount[] = [];
  let left = types;
  try {
    const [clean, rejects] = staged.files as [StagedFile, StagedFile];
    const writer = await writerOf(
      format,
      fields,
      kept.map((i) => cells.titles[i]!),
      cells.isTitled,
      clean,
    );
    for await (const cut of source.cut(chunkBytes, signal)) {
      const slice = (await source.carry?.(cut, null)) ?? cut;
      signal.throwIfAborted();
      if (slice.firstRow !== rows.read + 1)
        throw new Error(`rows before slice ${slice.index} do not balance`);
      if (textDecoder !== null) left = withoutOtherTexts(left, description, await textDecoder.decode(slice));
      const chunk = await decoder.decode(slice);
      left = withoutRefuted(left, chunk);
      if (left !== types) {
        if (slice.index === 0) return { report: null, types: left };
        rows = addRows(rows, { ...noRows, read: chunk.rows });
        continue;
      }
      const { counts, rejected } = await writeChunk(chunk, kept, writer, from, basename(input));
      if (rejected !== null) await rejects.write(rejected);
      rows = addRows(rows, counts);
      problems = mergeProblems(problems, countProblems(chunk.problems, chunk.origin, new Set()));
    }
    if (left !== types) return { report: null, types: left };
    await writer.assembler.finish();
    const file = { path: input, name: input, bytes: before.size, ...before };
    checkUnchanged(file, await statInput(input));
    await staged.publish();
    const columns = fields.map(({ name, type }) => ({ name, type }));
    const paths = { input, output, rejects: rejectsPath };
    const found = {
      from: description.format,
      about,
      notes: from.notes,
      skipped: source.skipped,
      findings: [...source.findings, ...source.cells.doubts(problems, rows.read)],
    };
    return { report: { ...paths, format, ...found, columns, rows, problems }, types };
  } finally {
    await decoder.close();
    await textDecoder?.close();
    await staged.discard();
  }
}

interface Writer {
  readonly encoder: Encoder;
  readonly assembler: Assembler;
}

/** A text file has a header if the input has one; the other formats need a unique name for every column. */
async function writerOf(
  name: FormatName,
  fields: readonly OutputField[],
  titles: readonly string[],
  titled: boolean,
  sink: Sink,
): Promise<Writer> {
  const format = await formats[name]();
  const named =
    format.writes === 'values' ? fields : fields.map((field, i) => ({ ...field, name: titles[i]! }));
  const options: WriteOptions = { csv: { formulas: 'keep', header: titled } };
  return {
    encoder: await format.encoder(named, options),
    assembler: await format.assembler(named, sink, options),
  };
}

async function writeChunk(
  chunk: Chunk,
  kept: readonly number[],
  { encoder, assembler }: Writer,
  { written }: Repairable,
  file: string,
): Promise<{ readonly counts: RowCounts; readonly rejected: Uint8Array | null }> {
  const status = rowStatus(chunk.problems, chunk.rows);
  const rows = status.kept?.length ?? chunk.rows;
  const all = [...chunk.columns.values()];
  const columns = kept.map((i) => written(selectRows(all[i]!, status.kept)));
  if (rows > 0) await assembler.append(await encoder.encode({ rows, columns }), rows);
  const [, repaired, flagged, rejected] = countStatus(status.status, chunk.rows) as [
    number,
    number,
    number,
    number,
  ];
  return {
    counts: { read: chunk.rows, scored: rows, repaired, flagged, rejected, skipped: 0 },
    rejected: rejectLines(
      chunk,
      status,
      file,
      (raw) => raw,
      () => null,
    ),
  };
}

interface StagedFiles {
  readonly files: readonly StagedFile[];
  /** Syncs all files and renames them to their names, the last one first. */
  publish(): Promise<void>;
  /** Removes unpublished files. */
  discard(): Promise<void>;
}

/** Creates new files next to `paths`, under hidden names; removes leftovers of a killed repair. */
async function stageFiles(paths: readonly string[]): Promise<StagedFiles> {
  const files: StagedFile[] = [];
  const discard = async () => {
    await Promise.all(files.map((file) => file.discard()));
  };
  try {
    for (const path of paths) {
      // Errors name the file itself, not the temporary one next to it.
      await checkNamed(path);
      const folder = dirname(resolve(path));
      const file = basename(path);
      await removeLeftovers(folder, new RegExp(`^\\.${escaped(file)}\\.(${ownerPattern})\\.partial$`));
      files.push(await createStagedFile(join(folder, `.${file}.${await ownerTag()}.partial`)));
    }
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    files,
    async publish() {
      for (const file of files) await file.finish();
      for (let i = files.length - 1; i >= 0; i--) await renameDurably(files[i]!.path, paths[i]!);
    },
    discard,
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
