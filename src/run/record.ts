import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FormatName } from '../formats/format.js';
import type { GateResult } from '../quality/gates.js';
import type { SliceQuality } from '../quality/slice-quality.js';
import { writeDurably } from '../storage/durable.js';
import { changedParts, type Identity } from './identity.js';
import type { Layout } from './layout.js';
import type { RowCounts } from './ledger.js';

export type PartitionState = 'published' | 'failed' | 'gated' | 'interrupted';

/** Why a partition is not published. */
export interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: number;
}

/** A published file, its path relative to the run folder. */
export interface OutputFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What is known of one partition, in `_nightshift/partitions/<partition>.json`: what resume, status and the summary read. */
export interface PartitionRecord {
  readonly version: 1;
  readonly partition: string;
  readonly state: PartitionState;
  readonly failure: Failure | null;
  /** Tries since it was last published. */
  readonly attempts: number;
  readonly runId: string;
  readonly identity: Identity;
  readonly input: {
    readonly path: string;
    readonly format: FormatName | null;
    readonly bytes: number;
    /** What the format found out: CSV's dialect with its confidence, Parquet's row groups. */
    readonly details: Readonly<Record<string, unknown>>;
    /** How the contract's columns were matched to the file's. */
    readonly notes: readonly string[];
  };
  readonly outputs: readonly OutputFile[];
  readonly rows: RowCounts;
  readonly quality: SliceQuality | null;
  readonly skipped: Readonly<Record<string, { readonly count: number; readonly lines: readonly number[] }>>;
  readonly gates: readonly GateResult[];
  readonly startedAt: string;
  readonly durationMs: number;
}

/** Writes a record so that a crash leaves the old one or the new one. */
export async function writeRecord(layout: Layout, record: PartitionRecord): Promise<void> {
  await mkdir(layout.records, { recursive: true });
  await writeDurably(join(layout.records, `${record.partition}.json`), `${JSON.stringify(record)}\n`);
}

/** All records of a run folder by partition; empty where there is no run folder yet. A record that cannot be read counts as none: its work is done again. */
export async function readRecords(layout: Layout): Promise<Map<string, PartitionRecord>> {
  const records = new Map<string, PartitionRecord>();
  let names: string[];
  try {
    names = await readdir(layout.records);
  } catch {
    return records;
  }
  for (const name of names.sort()) {
    if (!name.endsWith('.json')) continue;
    try {
      const record = JSON.parse(await readFile(join(layout.records, name), 'utf8')) as PartitionRecord;
      if (record.version === 1) records.set(record.partition, record);
    } catch {}
  }
  return records;
}

/** Whether a partition is done: published under the same identity. */
export function isDone(record: PartitionRecord | undefined, now: Identity): boolean {
  return (
    record !== undefined && record.state === 'published' && changedParts(record.identity, now).length === 0
  );
}
