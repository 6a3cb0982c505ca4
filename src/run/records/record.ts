import type { RowCounts } from '../../chunk/row-counts.js';
import type { SourceFinding } from '../../chunk/source-finding.js';
import type { FormatName } from '../../formats/format.js';
import type { ChallengerCounts } from '../../quality/challenger.js';
import type { GateResult } from '../../quality/gates.js';
import { profileToWrite, qualityToWrite, type SliceQuality } from '../../quality/slice-quality.js';
import type { ExitCode, Reason } from '../../reasons.js';
import { beginnings } from '../../storage/beginnings.js';
import { jsonPieces } from '../../storage/json-pieces.js';
import { join } from '../../storage/paths.js';
import { onStorage } from '../../storage/storage-error.js';
import { storeOf } from '../../storage/store-of.js';
import { parseJson } from '../../text/parse-json.js';
import { changedParts, type Identity } from './identity.js';
import type { Layout } from './layout.js';
import type { RecordedMarks } from './marks.js';
import type { PackedValues } from './packed-values.js';
import { readJson, readJsonIfThere } from './read-json.js';

export type PartitionState = 'published' | 'failed' | 'gated' | 'interrupted';

/** Why a partition is not published. */
export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: ExitCode;
}

/** A published file, its path relative to the run folder. */
export interface OutputFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Of a scored file: the rows of the input that it was made from, by watermark; absent: all. */
  readonly marks?: RecordedMarks;
}

/** The state of a partition, in `_nightshift/partitions/<partition>.json`; for resume, status and summary. */
export interface PartitionRecord {
  readonly version: 1;
  readonly partition: string;
  readonly state: PartitionState;
  readonly failure: Failure | null;
  /** Attempts since it was last published. */
  readonly attempts: number;
  readonly runId: string;
  readonly identity: Identity;
  readonly input: {
    readonly path: string;
    readonly format: FormatName | null;
    readonly bytes: number;
    /** Details from the format: CSV's dialect with its confidence, Parquet's row groups. */
    readonly details: Readonly<Record<string, unknown>>;
    /** How the contract's columns were matched with the file's. */
    readonly notes: readonly string[];
    /** Doubts about how the input was read. */
    readonly findings: readonly SourceFinding[];
    /** Fingerprint of its content (see fingerprint.ts); null if it was not read to its end. */
    readonly fingerprint: string | null;
  };
  readonly outputs: readonly OutputFile[];
  readonly rows: RowCounts;
  readonly quality: SliceQuality | null;
  /** What challengers did with its rows; absent in records of earlier versions. */
  readonly challengers?: readonly ChallengerCounts[];
  readonly skipped: Readonly<Record<string, { readonly count: number; readonly lines: readonly number[] }>>;
  readonly gates: readonly GateResult[];
  readonly startedAt: string;
  readonly durationMs: number;
}

/**
 * The part of a partition's record that a run keeps in memory, packed, for resume and the ledger. Its quality
 * and all else that grows with the columns stay on disk and are read one partition at a time.
 */
export interface LedgerEntry
  extends Pick<
    PartitionRecord,
    | 'partition'
    | 'state'
    | 'failure'
    | 'attempts'
    | 'runId'
    | 'identity'
    | 'outputs'
    | 'rows'
    | 'startedAt'
    | 'durationMs'
  > {
  readonly input: Pick<PartitionRecord['input'], 'path' | 'format' | 'bytes' | 'fingerprint'>;
  /** Gates of this partition that were exceeded. */
  readonly closed: readonly GateResult[];
  /** The first findings about its input, those that a person must check before the rest. */
  readonly doubts: readonly SourceFinding[];
}

/** Entries by partition, in memory. */
export type Entries = Omit<PackedValues<LedgerEntry>, 'set'>;

/** Maximum number of findings of a partition kept in memory. */
const mostDoubts = 3;

/** Returns the part of a record that is kept in memory. */
export function entryOf(record: PartitionRecord): LedgerEntry {
  const { partition, state, failure, attempts, runId, identity, outputs, rows, startedAt, durationMs } =
    record;
  const { path, format, bytes, findings, fingerprint } = record.input;
  const closed = record.gates.filter(({ passed }) => !passed);
  const kept = { partition, state, failure, attempts, runId, identity, outputs, rows, startedAt, durationMs };
  const checks = findings.filter(({ level }) => level === 'check');
  const doubts = [...checks, ...findings.filter(({ level }) => level !== 'check')].slice(0, mostDoubts);
  return { ...kept, input: { path, format, bytes, fingerprint }, closed, doubts };
}

/** Returns the text of a record; null if it is so long that it is better written in pieces. */
export function textOf(record: PartitionRecord): string | null {
  const [text, ...more] = jsonPieces(recordToWrite(record));
  return more.length === 0 ? text! : null;
}

/** Writes a record so that a crash leaves either the old or the new one; `text` is its text if known. */
export async function writeRecord(
  layout: Layout,
  record: PartitionRecord,
  text: string | null = null,
): Promise<void> {
  await putRecord(layout, record, text);
  await storeOf(layout.records).sync(layout.records);
}

/** Writes a record like `writeRecord`; durable once the folder of records is synced. */
export async function putRecord(layout: Layout, record: PartitionRecord, text: string | null): Promise<void> {
  const store = storeOf(layout.records);
  // Before the record: after a crash in between, the record still asks for the work that removes them.
  if (record.state !== 'gated') await store.remove(join(layout.output, layout.heldRejects(record.partition)));
  await store.put(
    join(layout.records, `${record.partition}.json`),
    text === null ? jsonPieces(recordToWrite(record), '\n') : `${text}\n`,
  );
}

/** Returns a record for a file of JSON, from which `readJson` returns the same record. */
export function recordToWrite(record: PartitionRecord): object {
  const challengers = record.challengers?.map((counts) => ({
    ...counts,
    outputs: counts.outputs.map(profileToWrite),
  }));
  const quality = record.quality === null ? null : qualityToWrite(record.quality);
  return { ...record, quality, ...(challengers === undefined ? {} : { challengers }) };
}

/** Removes the record of a partition, so that its work is done again. */
export async function dropRecord(layout: Layout, partition: string): Promise<void> {
  const store = storeOf(layout.records);
  await store.drop(join(layout.output, layout.heldRejects(partition)));
  await store.remove(join(layout.records, `${partition}.json`));
}

/** Returns the complete record of a partition that has one. Throws like `storageError` if it is gone. */
export async function readRecord(layout: Layout, partition: string): Promise<PartitionRecord> {
  const path = join(layout.records, `${partition}.json`);
  return (await onStorage('output', path, () => readJson(path))) as PartitionRecord;
}

/** Most records have their quality after fewer bytes. */
const beginningBytes = 16_384;

/**
 * Reads the part before the quality, by far the largest, of a file that is or contains a record. `closing`
 * closes the objects that are open there.
 */
export function readWithoutQuality<File>(path: string, closing: string): Promise<File> {
  return onStorage('output', path, async () => {
    const small = await storeOf(path).readSmall(path, (bytes) => {
      const end = bytes.indexOf(',"quality":');
      return end < 0 ? null : parsedOrNull(bytes.toString('utf8', 0, end) + closing);
    });
    if (small !== null) return small as File;
    const read = await storeOf(path).readWith(path, async (file) => {
      for await (const beginning of beginnings(file.pieces(beginningBytes), ',"quality":')) {
        const value = parsedOrNull(`${beginning}${closing}`);
        if (value !== null) return value;
      }
      return null;
    });
    return (read ?? (await readJson(path))) as File;
  });
}

/** Returns the value of a JSON text; null if it is not JSON, such as a truncated text. */
export function parsedOrNull(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

/** Returns the whole record of a partition; null if there is none that can be read. */
export async function readRecordIfThere(layout: Layout, partition: string): Promise<PartitionRecord | null> {
  return checkedRecord(await readJsonIfThere(join(layout.records, `${partition}.json`)), partition);
}

/** Returns a value as the record of a partition; null if it is none. */
export function checkedRecord(found: unknown, partition: string): PartitionRecord | null {
  try {
    const record = found as PartitionRecord;
    // Files are found and removed by the name in a record: it must be the name of its file.
    return record.version === 1 && record.partition === partition && hasIdentity(record) ? record : null;
  } catch {
    return null;
  }
}

function hasIdentity({ identity, outputs, input }: PartitionRecord): boolean {
  return typeof identity.input.bytes === 'number' && Array.isArray(outputs) && Array.isArray(input?.findings);
}

/** Returns true if a partition is done: published under the same identity. */
export function isDone(record: LedgerEntry | undefined, now: Identity): boolean {
  return (
    record !== undefined && record.state === 'published' && changedParts(record.identity, now).length === 0
  );
}

/** Returns the published files of a record that were removed or have another size. */
export async function missingOutputs(
  layout: Layout,
  { outputs }: Pick<LedgerEntry, 'outputs'>,
): Promise<string[]> {
  const store = storeOf(layout.output);
  const missing: string[] = [];
  for (const { path, bytes } of outputs) {
    const size = await store.size(join(layout.output, path)).catch(() => null);
    if (size !== bytes) missing.push(path);
  }
  return missing;
}
