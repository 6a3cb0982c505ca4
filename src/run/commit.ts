import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder, writeDurably } from '../storage/durable.js';
import { crashPoint } from './crash-point.js';
import type { Layout } from './layout.js';
import { type PartitionRecord, writeRecord } from './record.js';

/** A finished, synced file in staging and where it is to be published; both absolute. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

interface Intent {
  readonly record: PartitionRecord;
  readonly moves: readonly Move[];
  /** Earlier published files of this partition that the new set does not replace. */
  readonly stale: readonly string[];
}

/**
 * Publishes a partition: all of its files and its record, or nothing (docs/durability.md). The staged files are synced already; the intent is the
 * point of no return: a crash before it leaves the old state, a crash after it is carried forward by `recoverIntents`.
 */
export async function commitPartition(
  layout: Layout,
  record: PartitionRecord,
  moves: readonly Move[],
  stale: readonly string[],
): Promise<void> {
  crashPoint('staged');
  const intent: Intent = { record, moves, stale };
  await mkdir(layout.intents, { recursive: true });
  await writeDurably(intentPath(layout, record.partition), JSON.stringify(intent));
  crashPoint('intended');
  await carryOut(layout, intent);
}

/** Carries every intent forward that a killed run left behind; returns the partitions it finished. Idempotent, so it may be killed itself. */
export async function recoverIntents(layout: Layout): Promise<string[]> {
  const recovered: string[] = [];
  for (const name of await namesIn(layout.intents)) {
    if (!name.endsWith('.json')) continue;
    const intent = JSON.parse(await readFile(join(layout.intents, name), 'utf8')) as Intent;
    await carryOut(layout, intent);
    recovered.push(intent.record.partition);
  }
  await rm(layout.staging, { recursive: true, force: true });
  return recovered;
}

async function carryOut(layout: Layout, { record, moves, stale }: Intent): Promise<void> {
  for (const [i, move] of moves.entries()) {
    await mkdir(dirname(move.to), { recursive: true });
    await moveOnce(move);
    crashPoint(`moved-${i}`);
  }
  for (const path of stale) await rm(path, { force: true });
  for (const folder of new Set(moves.map((move) => dirname(move.to)))) await syncFolder(folder);
  crashPoint('synced');
  await writeRecord(layout, record);
  crashPoint('recorded');
  await rm(intentPath(layout, record.partition), { force: true });
  crashPoint('forgotten');
}

/** Renames unless an earlier try already has: then the file stands at its place with the size it was staged with. */
async function moveOnce(move: Move): Promise<void> {
  try {
    await rename(move.from, move.to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const { size } = await stat(move.to);
    if (size !== move.bytes)
      throw new Error(`"${move.to}" has ${size} bytes, its commit wrote ${move.bytes}`);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

function intentPath(layout: Layout, partition: string): string {
  return join(layout.intents, `${partition}.json`);
}
