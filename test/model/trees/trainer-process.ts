import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { temporaryFolder } from '../../temporary-folder.js';
import { type TreeCase, treeCases } from './tree-cases.js';

/** Why large cases are not made: each takes seconds, and needs the trainers. */
export const skipLarge =
  (process.env['NIGHTSHIFT_FULL'] !== '1' && 'only with NIGHTSHIFT_FULL=1') ||
  (process.env['NIGHTSHIFT_TREES_PYTHON'] === undefined &&
    'only with NIGHTSHIFT_TREES_PYTHON, a Python with lightgbm and xgboost');

/** Trainers that make large cases one after the other in one process: they take seconds to load. */
export interface TrainerProcess {
  /** Calls `use` with a case, which is removed afterwards. */
  withCase(name: string, use: (one: TreeCase) => void | Promise<void>): Promise<void>;
  close(): void;
}

/** Starts `data-samples/train/tree_models.py` with `args` when the first case is wanted. */
export function trainerProcess(args: readonly string[]): TrainerProcess {
  const folder = temporaryFolder();
  let child: ChildProcess | null = null;
  let lines: AsyncIterator<string>;
  const start = (): ChildProcess => {
    const script = ['data-samples/train/tree_models.py', folder, '--ask', ...args];
    const started = spawn(process.env['NIGHTSHIFT_TREES_PYTHON']!, script, {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    lines = createInterface({ input: started.stdout! })[Symbol.asyncIterator]();
    return started;
  };
  return {
    async withCase(name, use) {
      child ??= start();
      child.stdin!.write(`${name}\n`);
      for (let line = await lines.next(); line.value !== name; line = await lines.next())
        if (line.done === true) throw new Error(`the trainers ended before they made ${name}`);
      try {
        await use(treeCases(folder)[0]!);
      } finally {
        rmSync(join(folder, name), { recursive: true });
      }
    },
    close() {
      child?.stdin?.end();
    },
  };
}
