import { basename, dirname } from 'node:path';
import { join } from '../../storage/paths.js';
import type { StagedFile } from '../../storage/staged-file.js';
import { storeOf } from '../../storage/store-of.js';
import type { Move } from '../records/intent.js';
import type { Layout } from '../records/layout.js';
import type { OutputFile } from '../records/record.js';

/** The files of one partition during scoring, in their own folder in the output's file system. */
export interface Staging {
  /** Opens a new file that will be published at `path`, relative to the run folder. */
  open(path: string): Promise<StagedFile>;
  /** Syncs all files and returns their targets; `rows` by path. */
  finish(
    rows: ReadonlyMap<string, number>,
  ): Promise<{ readonly moves: Move[]; readonly outputs: OutputFile[] }>;
  /** Moves the staged file of `path` to `to`, absolute, durably; returns false if nothing was written. */
  keep(path: string, to: string): Promise<boolean>;
  /** Discards what was staged; never throws. */
  discard(): Promise<void>;
}

/** Opens an empty staging folder for `partition`; removes leftovers of a killed run. */
export async function openStaging(layout: Layout, partition: string): Promise<Staging> {
  const staged: { readonly path: string; readonly file: StagedFile }[] = [];
  const store = storeOf(layout.staging);
  const folder = await store.makeEmptyFolder(layout.staging, partition);
  return {
    async open(path) {
      const file = await store.stage(join(folder, `${staged.length}`));
      staged.push({ path, file });
      return file;
    },
    async finish(rows) {
      const moves: Move[] = [];
      const outputs: OutputFile[] = [];
      for (const { path, file } of staged) {
        const { bytes, sha256 } = await file.finish();
        moves.push({ from: `${partition}/${basename(file.path)}`, to: path, bytes });
        outputs.push({ path, rows: rows.get(path) ?? 0, bytes, sha256 });
      }
      await store.sync(folder);
      return { moves, outputs };
    },
    async keep(path, to) {
      const one = staged.find((each) => each.path === path);
      if (one === undefined || one.file.bytes === 0) return false;
      await one.file.finish();
      await store.move(one.file.path, to);
      await store.sync(dirname(to));
      return true;
    },
    async discard() {
      await Promise.all(staged.map(({ file }) => file.discard()));
      await discardStaged(layout, partition);
    },
  };
}

/** Removes what is staged for a partition; never throws. */
export async function discardStaged({ staging }: Layout, partition: string): Promise<void> {
  await storeOf(staging)
    .removeFolder(join(staging, partition))
    .catch(() => {});
}
