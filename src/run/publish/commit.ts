import { basename, dirname } from 'node:path';
import { eachInGroups, inGroups } from '../../storage/in-groups.js';
import { jsonPieces } from '../../storage/json-pieces.js';
import { join, pathWithin } from '../../storage/paths.js';
import { onStorage, storageError } from '../../storage/storage-error.js';
import { storeOf } from '../../storage/store-of.js';
import { trimWhereGrown } from '../../workers/trim-memory.js';
import { withRejects } from '../records/held-hint.js';
import type { Intent } from '../records/intent.js';
import type { Layout } from '../records/layout.js';
import { createPackedValues } from '../records/packed-values.js';
import { readJson, readJsonIfThere } from '../records/read-json.js';
import { leanRecord } from '../records/read-records.js';
import type { Recollection } from '../records/recent-records.js';
import {
  dropRecord,
  type Entries,
  entryOf,
  type Failure,
  type LedgerEntry,
  type OutputFile,
  type PartitionRecord,
  putRecord,
  readRecordIfThere,
  recordToWrite,
  writeRecord,
} from '../records/record.js';
import { underGuard } from './claim.js';
import { crashPoint } from './crash-point.js';
import { removeOurs } from './remove-ours.js';
import { sideBySide } from './side-by-side.js';

/** The most partitions that are committed together. */
export const mostTogether = 16;

/**
 * Decides that a group of partitions will be published: all of their files and their records
 * (docs/durability.md). The staged files are synced already; the intent is the point of no return for all of
 * them: a crash before it leaves the old state, `recoverIntents` completes a crash after it.
 */
export async function intendPartitions(layout: Layout, intents: readonly Intent[]): Promise<void> {
  const store = storeOf(layout.intents);
  await store.sync(layout.staging);
  crashPoint('staged');
  await store.write(join(layout.intents, fileOf(intents[0]!)), textOfGroup(intents));
  crashPoint('intended');
}

/** Holds partitions in staging until the run's gates are known: neither published nor scored again. */
export async function holdPartitions(layout: Layout, intents: readonly Intent[]): Promise<void> {
  const store = storeOf(layout.held);
  await store.sync(layout.staging);
  crashPoint('staged');
  await sideBySide(intents, (intent) => store.put(join(layout.held, fileOf(intent)), toText(intent)));
  await store.sync(layout.held);
  crashPoint('held');
}

/**
 * Publishes the held `partitions`: after the renames, which are synced together, each is completed even if
 * the run is stopped. Those in `recent` are not read again.
 */
export async function releaseHeld(
  layout: Layout,
  partitions: readonly string[],
  recent: Recollection,
): Promise<void> {
  if (partitions.length === 0) return;
  const store = storeOf(layout.output);
  await sideBySide(partitions, async (partition) => {
    const name = `${partition}.json`;
    const isMoved = await store.move(join(layout.held, name), join(layout.intents, name));
    if (!isMoved) throw gone(join(layout.held, name));
  });
  await store.sync(layout.intents);
  await store.sync(layout.held);
  crashPoint('released');
  const known = partitions.flatMap((partition) => recent.intentOf(partition) ?? []);
  for (let from = 0; from < known.length; from += mostTogether) {
    await carryOut(layout, known.slice(from, from + mostTogether));
    trimWhereGrown();
  }
  const isKnown = new Set(known.map(({ record }) => record.partition));
  // One that must be read may be large: it is carried out alone.
  for (const partition of partitions) {
    if (isKnown.has(partition)) continue;
    await carryOut(layout, [await openIntent(layout.intents, partition)]);
    trimWhereGrown();
  }
}

/**
 * Discards a held partition except for its rejected rows; first writes its record with the reason. Earlier
 * published files (`outputs`) stay on record, so that a later run replaces them. Returns the entry of the
 * record.
 */
export async function dropHeld(
  layout: Layout,
  partition: string,
  failure: Failure,
  outputs: readonly OutputFile[],
): Promise<LedgerEntry> {
  const { record: held, moves } = await openIntent(layout.held, partition);
  const rejects = moves.find(({ to }) => to === layout.rejects(partition));
  const path = layout.heldRejects(partition);
  const isKept = rejects !== undefined && rejects.bytes > 0;
  if (isKept) {
    await moveOnce(pathWithin(layout.staging, rejects.from), join(layout.output, path), rejects.bytes);
    await storeOf(layout.records).sync(layout.records);
  }
  const record: PartitionRecord = {
    ...held,
    state: 'gated',
    failure: { ...failure, hint: withRejects(failure.hint ?? '', isKept ? path : null) },
    outputs,
    attempts: 1,
  };
  await writeRecord(layout, record);
  crashPoint('dropped');
  await forgetHeld(layout, partition);
  return entryOf(record);
}

/** Returns the held partitions. Ignores an unreadable intent: its partition is scored again. */
export async function readHeld(layout: Layout): Promise<Entries> {
  const held = createPackedValues<LedgerEntry>();
  const names = await intentsIn(layout.held);
  for await (const intents of inGroups(names, (name) => readLeanIntent(layout.held, name)))
    for (const intent of intents)
      if (intent !== null) held.set(intent.record.partition, entryOf(intent.record));
  return held;
}

/** Returns the complete record of a held partition. Throws like `storageError` if it is gone. */
export async function readHeldRecord(layout: Layout, partition: string): Promise<PartitionRecord> {
  return (await openIntent(layout.held, partition)).record;
}

async function openIntent(folder: string, partition: string): Promise<Intent> {
  const path = join(folder, `${partition}.json`);
  return toIntent(await onStorage('output', path, () => readJson(path)))!;
}

/** Discards a held partition whose input, model or job has changed since it was scored. */
export async function forgetHeld(layout: Layout, partition: string): Promise<void> {
  const store = storeOf(layout.output);
  await store.remove(join(layout.held, `${partition}.json`));
  await store.removeFolder(join(layout.staging, partition));
}

/** Returns partitions whose publication was decided but not carried out, because a run crashed. */
export async function readIntended(layout: Layout): Promise<string[]> {
  const intended = await eachInGroups(await intentsIn(layout.intents), async (name) => {
    const group = await readGroup(layout.intents, name);
    return group?.map(({ record }) => record.partition) ?? [name.slice(0, -'.json'.length)];
  });
  return intended.flat();
}

/** Result of recovery: partitions whose publication was completed, and those to be scored again. */
interface Recovered {
  readonly finished: readonly string[];
  readonly undone: readonly string[];
}

/**
 * Completes every intent that a killed run left, of the partitions for which `isMine` returns true, and
 * removes their leftovers in staging. Idempotent, so it may itself be killed.
 */
export async function recoverIntents(
  layout: Layout,
  runId: string,
  isMine: (partition: string) => boolean,
): Promise<Recovered> {
  const store = storeOf(layout.output);
  const own = dirname(layout.records);
  for (const folder of [layout.output, own, layout.records, layout.intents, layout.held, layout.claims])
    await store.removeLeftovers(folder);
  await store.removeUnfinished(layout.output, (name) => isMine(partitionIn(name)));
  if (await hasGroup(layout, isMine)) await underGuard(layout, runId, () => splitGroups(layout, isMine));
  const finished: string[] = [];
  const undone: string[] = [];
  for (const name of await intentsIn(layout.intents)) {
    const partition = name.slice(0, -'.json'.length);
    if (!isMine(partition)) continue;
    // A storage that copies and then removes may have been killed in between.
    await store.drop(join(layout.held, name));
    const intent = await readIntent(layout.intents, name);
    if (intent !== null && (await canBeCarriedOut(layout, intent))) {
      await carryOut(layout, [intent]);
      finished.push(partition);
    } else {
      // Staged files were lost in a power cut or removed by a person: the partition is scored again.
      await reopen(layout, partition, intent);
      await store.drop(join(layout.intents, name));
      undone.push(partition);
    }
  }
  // If a power cut restored this intent, it would publish the next staged files under its names.
  await store.sync(layout.intents);
  const held = new Set(await intentsIn(layout.held));
  for (const partition of await store.names(layout.staging)) {
    if (!isMine(partition) || held.has(`${partition}.json`)) continue;
    await store.removeFolder(join(layout.staging, partition));
  }
  return { finished, undone };
}

/** Returns true if a group has a partition for which `isMine` returns true. */
async function hasGroup(layout: Layout, isMine: (partition: string) => boolean): Promise<boolean> {
  for (const name of await intentsIn(layout.intents)) {
    const group = await readGroup(layout.intents, name);
    if (group?.some(({ record }) => isMine(record.partition))) return true;
  }
  return false;
}

/**
 * Gives each partition of a group an intent of its own, so that recovery decides for each by itself: of the
 * groups with a partition for which `isMine` returns true. Needs the guard: several runs may each have claimed
 * some of a group's partitions. Idempotent: the group's file is that of its first partition, whose own intent
 * replaces it last.
 */
async function splitGroups(layout: Layout, isMine: (partition: string) => boolean): Promise<void> {
  const store = storeOf(layout.intents);
  for (const name of await intentsIn(layout.intents)) {
    const group = await readGroup(layout.intents, name);
    if (group === null || !group.some(({ record }) => isMine(record.partition))) continue;
    const write = (intent: Intent) => store.put(join(layout.intents, fileOf(intent)), toText(intent));
    await sideBySide(group.slice(1), write);
    await store.sync(layout.intents);
    await write(group[0]!);
    await store.sync(layout.intents);
  }
}

/** Returns the partition of a file in the run's own folder; '' for files of the whole run. */
function partitionIn(name: string): string {
  return /^_nightshift\/[a-z]+\/(.+?)(?:\.json|\/\d+)$/.exec(name)?.[1] ?? '';
}

/**
 * Returns a partition to those to be scored. Its published files, old and just moved, stay on record, so that
 * the next publishing replaces them all.
 */
async function reopen(layout: Layout, partition: string, intent: Intent | null): Promise<void> {
  const earlier = await readRecordIfThere(layout, partition);
  const record = intent?.record ?? earlier;
  if (record === null) return dropRecord(layout, partition);
  const outputs = [...(intent?.record.outputs ?? []), ...(earlier?.outputs ?? [])];
  const failure: Failure = {
    reason: 'staging-lost',
    message: 'its staged files were lost before they were published',
    hint: 'run again to score it again',
    exitCode: 5,
  };
  await writeRecord(layout, { ...record, state: 'interrupted', failure, outputs });
}

/**
 * Publishes what was intended in `files`, step by step; each step may be repeated. The folders are synced once
 * for all of the group.
 */
export async function carryOut(
  layout: Layout,
  group: readonly Intent[],
  files: readonly string[] = group.map(fileOf),
): Promise<void> {
  const store = storeOf(layout.output);
  const below = new Set(group.flatMap(({ moves }) => moves.map(({ to }) => dirname(to))));
  below.delete('.');
  for (const folder of below) await store.makeFolder(layout.output, folder);
  await sideBySide(group, async ({ moves }) => {
    for (const [i, { from, to, bytes }] of moves.entries()) {
      await moveOnce(pathWithin(layout.staging, from), pathWithin(layout.output, to), bytes);
      crashPoint(`moved-${i}`);
    }
  });
  for (const { stale } of group) for (const file of stale) await removeOurs(layout, file);
  for (const folder of below) await store.sync(pathWithin(layout.output, folder));
  await store.sync(layout.output);
  crashPoint('synced');
  await sideBySide(group, ({ record, text }) => putRecord(layout, record, text));
  await store.sync(layout.records);
  crashPoint('recorded');
  await sideBySide(files, (name) => store.drop(join(layout.intents, name)));
  crashPoint('forgotten');
  await sideBySide(group, ({ record }) => store.removeFolder(join(layout.staging, record.partition)));
}

async function canBeCarriedOut(layout: Layout, { moves }: Intent): Promise<boolean> {
  const store = storeOf(layout.output);
  for (const { from, to, bytes } of moves) {
    const staged = await store.size(pathWithin(layout.staging, from));
    const published = await store.size(pathWithin(layout.output, to));
    if (staged !== bytes && (staged !== null || published !== bytes)) return false;
  }
  return true;
}

/** Moves unless an earlier attempt already has: then the target exists with the size it was staged with. */
async function moveOnce(from: string, to: string, bytes: number): Promise<void> {
  const store = storeOf(to);
  if (!(await store.move(from, to)) && (await store.size(to)) !== bytes) throw gone(from);
}

function gone(path: string): unknown {
  return storageError(Object.assign(new Error(path), { code: 'ENOENT' }), 'output', path);
}

/** Reads an intent whose record may lack its quality. */
async function readLeanIntent(folder: string, name: string): Promise<Intent | null> {
  const path = join(folder, name);
  const lean = await storeOf(path).readSmall(path, leanRecord);
  return intentIn(lean, name) ?? readIntent(folder, name);
}

async function readIntent(folder: string, name: string): Promise<Intent | null> {
  return intentIn(await readJsonIfThere(join(folder, name)), name);
}

/** Returns a value as the intent in the file `name`; null if it is none. */
function intentIn(found: unknown, name: string): Intent | null {
  try {
    const intent = found === null ? null : toIntent(found);
    return intent !== null && isWhole(intent) && name === fileOf(intent) ? intent : null;
  } catch {
    return null;
  }
}

/** Returns the intents of a group; null for an intent of one partition, and for any other file. */
async function readGroup(folder: string, name: string): Promise<readonly Intent[] | null> {
  const path = join(folder, name);
  const isOther = await storeOf(path).readSmall(path, (bytes) => !isGroup(bytes));
  if (isOther === true) return null;
  const found = await readJsonIfThere(path);
  try {
    const { version, intents } = found as { version: number; intents: readonly Omit<Intent, 'text'>[] };
    const group = version === groupVersion ? intents.map((intent) => ({ ...intent, text: null })) : [];
    // Files are found and removed by the names in a record.
    const areOurs = group.every((intent) => isWhole(intent) && basename(fileOf(intent)) === fileOf(intent));
    return areOurs && group.length > 0 && name === fileOf(group[0]!) ? group : null;
  } catch {
    return null;
  }
}

function toIntent(found: unknown): Intent | null {
  const { version, ...intent } = found as Intent & { version: number };
  return version === 1 ? { ...intent, text: null } : null;
}

/** Returns true if an intent is complete. */
function isWhole({ record, moves, stale }: Intent): boolean {
  const { identity, outputs, gates, input } = record;
  return [outputs, gates, moves, stale].every(Array.isArray) && identity !== undefined && input !== undefined;
}

function toText({ record, text, moves, stale }: Intent): Iterable<string> {
  if (text === null) return jsonPieces({ version: 1, record: recordToWrite(record), moves, stale });
  return [`{"version":1,"record":${text},"moves":${JSON.stringify(moves)},"stale":${JSON.stringify(stale)}}`];
}

/** A file of several intents, each as in a file of its own. */
const groupVersion = 2;
const groupHead = `{"version":${groupVersion},`;

function isGroup(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, groupHead.length) === groupHead;
}

function textOfGroup(group: readonly Intent[]): Iterable<string> {
  if (group.length === 1) return toText(group[0]!);
  const texts = group.map((intent) => [...toText(intent)].join(''));
  return [`${groupHead}"intents":[${texts.join()}]}`];
}

async function intentsIn(folder: string): Promise<string[]> {
  return (await storeOf(folder).names(folder)).filter((name) => name.endsWith('.json'));
}

/** Returns the name of the file of an intent, and of the group that it begins. */
export function fileOf({ record }: Intent): string {
  return `${record.partition}.json`;
}
