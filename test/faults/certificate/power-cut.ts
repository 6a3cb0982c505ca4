import { relative } from 'node:path';
import type { Disk } from './disk.js';
import type { Event } from './trace.js';

/** How a write may reach the disk: its first half, or its length with zeros for bytes. */
interface Torn {
  readonly index: number;
  readonly how: 'half' | 'zeros';
}

/** A change that a power cut may undo until it is synced. Names are `INODE/name`, INODE of the folder. */
interface Change {
  readonly index: number;
  readonly event: Event;
  /** Identifies the file or folder, also after renames. */
  readonly inode: number;
  readonly name: string;
  readonly to: string;
  /** The event that makes it durable: after it no power cut undoes the change. */
  durableAt: number;
}

/**
 * The possible contents of the disk when the power is cut after some of the recorded events (the method of
 * ALICE: Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014). Data is durable after a sync of
 * its file, a name after a sync of its folder; each change that no sync covers may or may not be on the disk,
 * independently of the others, and a write may be partial. A rename is atomic, and durable after a sync of
 * its target folder.
 */
export class PowerCut {
  readonly #changes: Change[] = [];
  readonly #names = new Map<string, number>();
  readonly #contents = new Map<number, Buffer>();
  readonly #built = new Map<string, Buffer>();
  /** Inodes of folders; that of the root is 0. */
  readonly #folders = new Set([0]);
  #inodes = 1;

  constructor(root: string, base: Disk, events: readonly Event[]) {
    const names = this.#names;
    const nameOf = (path: string, now: ReadonlyMap<string, number>): string => {
      const parts = path.split('/');
      const last = parts.pop()!;
      let folder = 0;
      for (const part of parts) folder = now.get(`${folder}/${part}`) ?? -1;
      return `${folder}/${last}`;
    };
    for (const path of base.folders) {
      this.#folders.add(this.#inodes);
      names.set(nameOf(path, names), this.#inodes++);
    }
    for (const [path, content] of base.files) {
      this.#contents.set(this.#inodes, content);
      names.set(nameOf(path, names), this.#inodes++);
    }
    const now = new Map(names);
    for (const [index, event] of events.entries()) {
      const path = relative(root, event.path);
      const name = path === '' ? '' : nameOf(path, now);
      const isNew = event.op === 'create' || event.op === 'mkdir';
      const inode = path === '' ? 0 : isNew ? this.#inodes++ : (now.get(name) ?? -1);
      if (event.op === 'mkdir') this.#folders.add(inode);
      if (event.op === 'sync') this.#sync(index, event, inode);
      else {
        const to = event.op === 'rename' ? nameOf(relative(root, event.to), now) : name;
        const change = { index, event, inode, name, to, durableAt: Number.POSITIVE_INFINITY };
        this.#changes.push(change);
        apply(now, change);
      }
    }
  }

  /** The changes among the first `cut` events that a power cut after them may undo, by event index. */
  open(cut: number): { readonly index: number; readonly isWrite: boolean }[] {
    const open = this.#changes.filter(({ index, durableAt }) => index < cut && durableAt >= cut);
    return open.map(({ index, event }) => ({ index, isWrite: event.op === 'write' }));
  }

  /** The disk after a power cut after `cut` events: durable changes, and open ones that `isKept` names. */
  disk(cut: number, isKept: (index: number) => boolean, torn: Torn | null = null): Disk {
    const kept = this.#changes.filter(
      ({ index, durableAt }) => index < cut && (durableAt < cut || isKept(index)),
    );
    const names = new Map(this.#names);
    const data = new Map<number, Change[]>();
    for (const change of kept) {
      if (!isData(change)) apply(names, change);
      else data.set(change.inode, [...(data.get(change.inode) ?? []), change]);
    }
    return this.#walk(names, (inode) => this.#content(inode, data.get(inode) ?? [], torn));
  }

  #sync(index: number, { begun }: Event, inode: number): void {
    for (const change of this.#changes) {
      const { event, durableAt, name, to } = change;
      const isCovered = isData(change)
        ? change.inode === inode
        : (event.op === 'rename' ? to : name).startsWith(`${inode}/`);
      if (isCovered && event.ended <= begun && durableAt > index) change.durableAt = index;
    }
  }

  /** The files and folders that can be reached from the root. */
  #walk(names: ReadonlyMap<string, number>, contentOf: (inode: number) => Buffer): Disk {
    const byFolder = new Map<number, [string, number][]>();
    for (const [name, inode] of names) {
      const slash = name.indexOf('/');
      const folder = Number(name.slice(0, slash));
      byFolder.set(folder, [...(byFolder.get(folder) ?? []), [name.slice(slash + 1), inode]]);
    }
    const folders: string[] = [];
    const files = new Map<string, Buffer>();
    const visit = (folder: number, prefix: string): void => {
      for (const [name, inode] of byFolder.get(folder) ?? []) {
        const path = prefix + name;
        if (!this.#folders.has(inode)) files.set(path, contentOf(inode));
        else {
          folders.push(path);
          visit(inode, `${path}/`);
        }
      }
    };
    visit(0, '');
    return { folders: folders.sort(), files };
  }

  /** A file's content after some of the changes of its data; the same changes give the same buffer. */
  #content(inode: number, changes: readonly Change[], torn: Torn | null): Buffer {
    const tear = changes.some(({ index }) => index === torn?.index) ? torn : null;
    const key = `${inode} ${changes.map(({ index }) => index)} ${tear?.index} ${tear?.how}`;
    const known = this.#built.get(key);
    if (known !== undefined) return known;
    let content = this.#contents.get(inode) ?? Buffer.alloc(0);
    for (const { index, event } of changes)
      content =
        event.op === 'write'
          ? written(content, event, index === tear?.index ? tear.how : null)
          : Buffer.alloc(0);
    this.#built.set(key, content);
    return content;
  }
}

function isData({ event }: Change): boolean {
  return event.op === 'write' || event.op === 'truncate';
}

/** Makes one change of names. */
function apply(names: Map<string, number>, { event, name, to, inode }: Change): void {
  if (event.op === 'create' || event.op === 'mkdir') names.set(name, inode);
  if (event.op === 'rename' || event.op === 'unlink' || event.op === 'rmdir')
    if (names.get(name) === inode) names.delete(name);
  if (event.op === 'rename') names.set(to, inode);
}

function written(old: Buffer, { at, data }: Write, torn: Torn['how'] | null): Buffer {
  const bytes = Buffer.from(data, 'base64');
  const piece =
    torn === 'half' ? bytes.subarray(0, bytes.length >> 1) : torn === 'zeros' ? bytes.fill(0) : bytes;
  const content = Buffer.alloc(Math.max(old.length, at + piece.length));
  old.copy(content);
  piece.copy(content, at);
  return content;
}

type Write = Extract<Event, { op: 'write' }>;
