import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { RunReport } from '../src/run/records/outcomes.js';
import { callResident, patienceMs } from './resident.js';
import { removeFolder, temporaryFolder } from './temporary-folder.js';

/** The built program: a test that is run from its TypeScript calls the last build. */
export const main = join(process.cwd(), 'dist/src/main.js');

/** The exit code and output of a call of the program. */
export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Returns a run's last line, which must always exist. */
export type Report = RunReport & {
  readonly error?: { readonly message: string; readonly hint: string | null };
};

/** A folder for one test, and functions that run the real program in it. */
export interface Workdir {
  readonly path: string;
  /** Writes a file, creating its folders, and returns its absolute path. */
  write(name: string, content: string | Uint8Array): string;
  read(name: string): string;
  /** Returns true if there is a file with content, as other processes leave it. */
  has(name: string): boolean;
  /** A file's content, or `otherwise` while there is none. */
  readOr(name: string, otherwise: string): string;
  /** Runs `nightshift ARGS` here to its end. */
  nightshift(args: readonly string[], env?: NodeJS.ProcessEnv): Ran;
  /** Does the same in a resident process, for tests that do not depend on process, signals or environment. */
  call(args: readonly string[]): Ran;
  /** Starts the program without waiting for its end. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): { readonly pid: number; ended: Promise<Ran> };
  /** Removes a file, or the whole folder. */
  remove(name?: string): void;
  /** SHA-256 by path of all files below `folder` whose path passes. */
  hashes(folder: string, passes?: (path: string) => boolean): Record<string, string>;
}

/** Creates a folder in the system's temporary folder. */
export function workdir(): Workdir {
  const path = temporaryFolder();
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    read: (name) => readFileSync(join(path, name), 'utf8'),
    has: (name) => (statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0) > 0,
    readOr(name, otherwise) {
      try {
        return readFileSync(join(path, name), 'utf8');
      } catch {
        return otherwise;
      }
    },
    nightshift(args, env = {}) {
      const ran = spawnSync(process.execPath, [main, ...args], {
        cwd: path,
        encoding: 'utf8',
        env: { ...process.env, ...env },
        maxBuffer: 64 * 1024 * 1024,
        timeout: patienceMs,
        killSignal: 'SIGKILL',
      });
      if (ran.error !== undefined) throw ran.error;
      return { code: ran.status, signal: ran.signal, stdout: ran.stdout, stderr: ran.stderr };
    },
    call: (args) => callResident({ folder: path, args }),
    start(args, env = {}) {
      const child = spawn(process.execPath, [main, ...args], {
        cwd: path,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const texts = { stdout: '', stderr: '' };
      child.stdout.on('data', (text) => {
        texts.stdout += text;
      });
      child.stderr.on('data', (text) => {
        texts.stderr += text;
      });
      const ended = new Promise<Ran>((resolve) => {
        child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
      });
      return { pid: child.pid!, ended };
    },
    remove: (name = '') => removeFolder(join(path, name)),
    hashes(folder, passes = () => true) {
      const root = join(path, folder);
      const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
      const files = names.filter((name) => statSync(join(root, name)).isFile()).filter(passes);
      return Object.fromEntries(
        files.map((name) => [
          relative(root, join(root, name)),
          createHash('sha256')
            .update(readFileSync(join(root, name)))
            .digest('hex'),
        ]),
      );
    },
  };
}

/** Returns stderr for people: message and hint of each JSON line except the closing record. */
export function said({ stderr }: Pick<Ran, 'stderr'>): string {
  const lines = stderr.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return line;
    const { msg, hint } = JSON.parse(line) as { msg: string; hint?: string | null };
    if (msg === 'run ended') return [];
    return typeof hint === 'string' ? `${msg} (${hint})` : msg;
  });
  return lines.join('\n');
}

/** The JSON on the last line of stdout. */
export function lastLine({ stdout }: Ran): Report {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? 'null') as Report;
}

/** Returns true if a file of a run folder is published data, whose bytes must always be the same. */
export function isPublished(path: string): boolean {
  return /^(part-|_rejects\/|_audit\/|_SUCCESS$)/.test(path);
}

/** A line of the sample job for `sampleJob`: scored without workers, which are not tested there. */
export const inOneProcess = [/workers: auto/, 'workers: 1\n  isolation: none'] as const;

/** The sample job with absolute paths, without its baseline, and lines replaced, to run anywhere. */
export function sampleJob(
  name: string,
  replace: readonly (readonly [RegExp | string, string])[] = [],
): string {
  const samples = join(process.cwd(), 'data-samples');
  let text = readFileSync(join('jobs', `${name}.yaml`), 'utf8')
    .replace(/^ {2}baseline: .*\n/m, '')
    .replaceAll('../data-samples', samples);
  for (const [from, to] of replace) {
    const next = text.replace(from, to);
    if (next === text) throw new Error(`the job has no ${from}`);
    text = next;
  }
  return text;
}
