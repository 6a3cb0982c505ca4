import type { HeldFile } from '../store.js';
import { readBeginning } from './objects.js';
import { type Condition, putIf, putObject } from './write-objects.js';

/** Claims with the names of ten thousand partitions have fewer bytes. */
const mostBytes = 64 * 2 ** 20;

/** Puts an object of JSON that must not exist, to hold it; returns null if it exists. */
export async function acquireObject(path: string, text: string): Promise<HeldFile | null> {
  const etag = await putOwn(path, text, 0, { IfNoneMatch: '*' });
  return etag === null ? null : held(path, text, etag);
}

/** Puts an object of JSON, to hold it. */
export async function holdObject(path: string, text: string): Promise<HeldFile> {
  return held(path, text, await putObject(path, Buffer.from(withBeat(text, 0))));
}

/**
 * Replaces the object of a dead owner; throws what `refuse` throws while the owner lives. An object that was
 * written again in between has another ETag, so of several callers one succeeds; for others it returns null.
 */
export async function takeOverObject(
  path: string,
  text: string,
  refuse: () => Promise<void>,
): Promise<HeldFile | null> {
  const found = await readBeginning(path, mostBytes);
  if (found === null) return acquireObject(path, text);
  await refuse();
  const etag = await putOwn(path, text, 0, { IfMatch: found.etag });
  return etag === null ? null : held(path, text, etag);
}

function held(path: string, first: string, firstEtag: string): HeldFile {
  let text = first;
  let etag = firstEtag;
  let beats = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    refresh: () =>
      inTurn(async () => {
        const put = await putOwn(path, text, ++beats, { IfMatch: etag });
        if (put !== null) etag = put;
        return put !== null;
      }),
    write: (given) =>
      inTurn(async () => {
        etag = await putObject(path, Buffer.from(withBeat(given, ++beats)));
        text = given;
      }),
  };
}

/**
 * Puts an object on a condition and returns its ETag; null if it is another's, or gone. An object of the same
 * owner was put by an attempt whose answer was lost.
 */
async function putOwn(
  path: string,
  text: string,
  beat: number,
  condition: Condition,
): Promise<string | null> {
  const body = Buffer.from(withBeat(text, beat));
  const { etag, isUnsure } = await putIf(path, body, condition);
  const mayBeOurs = isUnsure || beat > 0;
  if (etag !== null || !mayBeOurs) return etag;
  const found = await readBeginning(path, mostBytes);
  if (found === null) return null;
  const there = Buffer.from(found.bytes).toString();
  if (there === body.toString()) return found.etag;
  // Of a heartbeat before this one whose answer was lost.
  if (withoutBeat(there) !== text) return null;
  return (await putIf(path, body, { IfMatch: found.etag })).etag;
}

/** Returns the text with the number of a heartbeat, so that each has another ETag. */
function withBeat(text: string, beat: number): string {
  return text.replace(/\}\s*$/, `,"beat":${beat}}\n`);
}

function withoutBeat(text: string): string {
  return text.replace(/,"beat":\d+\}\s*$/, '}\n');
}
