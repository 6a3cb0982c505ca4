import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(process.cwd(), '.cache/engines');

/** A program of the virtual environment that `make engines` makes; `NIGHTSHIFT_ENGINES` names another one. */
export function installed(program: string): string {
  return join(process.env['NIGHTSHIFT_ENGINES'] ?? join(folder, 'venv'), 'bin', program);
}

/** Returns why a program of the virtual environment cannot be started; null if it can. */
export function whyNot(program: string): string | null {
  const path = installed(program);
  return existsSync(path) ? null : `there is no ${path}: ${whyNotInstalled('python')}`;
}

/** Returns what `make engines` said about a part of its work that failed. */
export function whyNotInstalled(part: 'python' | 'debian'): string {
  const path = join(folder, `${part}.reason`);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : 'run "make engines"';
}

/** Returns true if a program is on the path. */
export function isOnPath(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** What an engine's processes have in their environment, and so all that they start. */
const mark = 'NIGHTSHIFT_TEST_ENGINE';

/** Processes that end with the test, whatever ends it. */
export interface Guard {
  /** The environment in which everything must be started: so daemons are found. */
  readonly env: NodeJS.ProcessEnv;
  /** Starts a program as the first of a process group of its own, with its output in a file if one is open. */
  spawn(
    program: string,
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
    out?: number | 'ignore',
  ): ChildProcess;
  /** Ends them all: SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

/**
 * Starts a process that ends all that was started by `spawn` or in its environment, once `stop` is called or
 * this process has ended, even by SIGKILL. `name` must be unique, such as the engine's folder.
 */
export function startGuard(name: string): Guard {
  const script = fileURLToPath(new URL('end-all.js', import.meta.url));
  const guard = spawn(process.execPath, [script, `${mark}=${name}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()));
  guard.unref();
  const marked = { ...process.env, [mark]: name };
  return {
    env: marked,
    spawn(program, args, env = marked, out = 'ignore') {
      const child = spawn(program, args, { env, detached: true, stdio: ['ignore', out, out] });
      child.unref();
      guard.stdin.write(`${child.pid}\n`);
      return child;
    },
    async stop() {
      guard.ref();
      guard.stdin.end();
      await ended;
    },
  };
}

/**
 * Returns what `start` returns; null, with the test skipped and the reason said, if the engine does not start
 * or takes more than four minutes. Its guard must be stopped in any case.
 */
export async function startedOrSkipped<T>(
  test: { skip(message: string): void },
  engine: string,
  start: () => Promise<T>,
): Promise<T | null> {
  const limit = AbortSignal.timeout(240_000);
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error('not ready after four minutes')));
  });
  try {
    return await Promise.race([start(), late]);
  } catch (error) {
    test.skip(`${engine} does not start: ${(error as Error).message.replace(/\s+/g, ' ').slice(0, 500)}`);
    return null;
  }
}
