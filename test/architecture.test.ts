import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, relative } from 'node:path';
import { describe, it } from 'node:test';

const src = join(process.cwd(), 'src');

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly own: readonly string[];
  readonly packages: readonly string[];
  readonly text: string;
}

const files: SourceFile[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('kernels/assembly'))
  .map((path) => {
    const text = readFileSync(join(src, path), 'utf8');
    const named = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
    const own = named
      .filter((name) => name.startsWith('.'))
      .map((name) => posix.join(dirname(path), name).replace(/\.js$/, '.ts'));
    const packages = named
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    return { path, room: roomOf(path), own, packages, text };
  });

function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path;
}

/** The rooms that each room may import besides itself; `run/` alone knows the order of the stages. */
const mayImport: Record<string, readonly string[]> = {
  'reasons.ts': [],
  'errors.ts': ['reasons.ts'],
  'run-event.ts': ['chunk'],
  chunk: [],
  text: [],
  process: ['errors.ts', 'reasons.ts'],
  kernels: ['chunk', 'text', 'errors.ts', 'reasons.ts'],
  formats: ['chunk', 'text', 'errors.ts', 'reasons.ts', 'process', 'kernels'],
  repair: ['chunk', 'text', 'errors.ts', 'reasons.ts', 'process'],
  features: ['chunk', 'text', 'errors.ts', 'reasons.ts'],
  model: ['chunk', 'text', 'errors.ts', 'reasons.ts', 'process', 'kernels'],
  quality: ['chunk', 'text', 'errors.ts', 'reasons.ts', 'kernels', 'job'],
  job: ['chunk', 'text', 'errors.ts', 'reasons.ts', 'process'],
  storage: ['errors.ts', 'reasons.ts', 'process'],
  telemetry: ['text', 'errors.ts', 'reasons.ts', 'run-event.ts'],
  workers: ['errors.ts', 'reasons.ts', 'process'],
  run: [
    'run-event.ts',
    'chunk',
    'text',
    'errors.ts',
    'reasons.ts',
    'formats',
    'repair',
    'features',
    'model',
    'quality',
    'job',
    'storage',
    'workers',
    'process',
  ],
  cli: [
    'run-event.ts',
    'chunk',
    'text',
    'errors.ts',
    'reasons.ts',
    'features',
    'formats',
    'model',
    'quality',
    'job',
    'storage',
    'telemetry',
    'process',
    'run',
  ],
  library: ['errors.ts', 'cli', 'job', 'process', 'run', 'storage', 'telemetry'],
  'main.ts': ['cli', 'process'],
};

/**
 * The folders of `run/` from the ground up: each imports only itself and those before it; the files beside
 * them import all.
 */
const levels = [
  'records',
  'slice',
  'budgets',
  'plan',
  'judge',
  'publish',
  'pipes',
  'score',
  'finish',
  'trial',
  'repaired',
  'draft',
];

const formatFolders = ['formats/csv/', 'formats/jsonl/', 'formats/parquet/', 'formats/arrow/'];

/** The room through which each third-party library enters; names are compared in two. */
const entersThrough: Record<string, string | readonly string[]> = {
  'csv-parse': 'formats/csv',
  'iconv-lite': 'formats',
  zstddec: 'formats',
  'parquet-wasm': 'formats/parquet',
  hyparquet: 'formats/parquet',
  'hyparquet-writer': 'formats/parquet',
  'apache-arrow': 'formats',
  'onnxruntime-node': 'model',
  'onnxruntime-common': 'model',
  protobufjs: 'model',
  commander: 'cli',
  '@clack/prompts': 'cli',
  'cli-progress': 'telemetry',
  '@aws-sdk/client-s3': 'storage',
  'p-limit': 'run',
  zod: 'job',
  leven: ['job', 'features'],
  jsep: 'repair',
  picomatch: 'storage',
  'prom-client': 'telemetry',
};

describe('the rooms of src', () => {
  it('import only what the plan of the house allows', () => {
    for (const file of files) {
      const allowed = mayImport[file.room];
      assert.ok(allowed, `${file.path} is in no known room`);
      for (const target of file.own) {
        const room = roomOf(target);
        assert.ok(room === file.room || allowed.includes(room), `${file.path} imports ${target}`);
      }
    }
  });

  it('stand on each other within run: no folder imports one above it', () => {
    const levelOf = (path: string) => {
      const [room, folder, file] = path.split('/');
      if (room !== 'run') return -1;
      const level = file === undefined ? levels.length : levels.indexOf(folder!);
      assert.ok(level >= 0, `${path} is on no known level`);
      return level;
    };
    for (const { path, own } of files) {
      if (!path.startsWith('run/')) continue;
      for (const target of own) assert.ok(levelOf(target) <= levelOf(path), `${path} imports ${target}`);
    }
  });

  it('keep the formats apart from each other', () => {
    for (const file of files) {
      const mine = formatFolders.find((folder) => file.path.startsWith(folder));
      if (mine === undefined) continue;
      const foreign = file.own.filter((target) =>
        formatFolders.some((f) => f !== mine && target.startsWith(f)),
      );
      assert.deepEqual(foreign, [], `${file.path} imports another format`);
    }
  });

  it('name no format in run and cli: a format says itself what it is', () => {
    for (const { path, own, text } of files) {
      if (!/^(run|cli)\//.test(path)) continue;
      assert.deepEqual(
        own.filter((target) => formatFolders.some((folder) => target.startsWith(folder))),
        [],
        path,
      );
      assert.doesNotMatch(text, /'(csv|jsonl|parquet|arrow)'/, path);
    }
  });

  it('let each library in through one room', () => {
    for (const file of files) {
      for (const name of file.packages) {
        const rooms = [entersThrough[name] ?? file.room].flat();
        assert.ok(
          rooms.some((room) => file.path.startsWith(`${room}/`)),
          `${file.path} imports ${name}`,
        );
      }
    }
  });

  it('have no two files that import each other, however far around', () => {
    const imports = new Map(files.map((file) => [file.path, file.own]));
    const done = new Set<string>();
    function visit(path: string, way: readonly string[]): void {
      assert.ok(!way.includes(path), `circle: ${[...way.slice(way.indexOf(path)), path].join(' -> ')}`);
      if (done.has(path)) return;
      for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    }
    for (const { path } of files) visit(path, []);
  });

  it('import only files that exist and export by name only', () => {
    const known = new Set(files.map((file) => file.path));
    for (const file of files) {
      for (const target of file.own) assert.ok(known.has(target), `${file.path} imports ${target}`);
      assert.doesNotMatch(file.text, /^export default/m, file.path);
    }
  });

  it('name an option of a rule in its rule and in the schema alone', () => {
    const named = files.filter(({ text }) => /\b(min_length|minLength)\b/.test(text)).map(({ path }) => path);
    assert.deepEqual(named.sort(), ['job/schema/contract.ts', 'repair/match-pattern.ts']);
  });

  it('are named in words of the field', () => {
    const vague =
      /(^|[-/])(utils?|helpers?|manager|handlers?|common|core|base|misc|service|processor)([-./]|$)/;
    for (const { path } of files) {
      assert.doesNotMatch(path, vague);
      assert.match(path, /^[a-z0-9-]+(\/[a-z0-9-]+)*\.ts$/);
    }
  });
});

describe('the tests', () => {
  it('mirror src', () => {
    const rooms = new Set(
      readdirSync(src, { withFileTypes: true })
        .filter((e) => e.isDirectory())
        .map((e) => e.name),
    );
    const extra = new Set(['fixtures', 'samples', 'golden', 'faults', 'corpora', 'integration']);
    const test = join(process.cwd(), 'test');
    for (const entry of readdirSync(test, { withFileTypes: true })) {
      if (entry.isDirectory()) {
        const name = relative(test, join(test, entry.name));
        assert.ok(rooms.has(name) || extra.has(name), `test/${name} mirrors no room`);
      }
    }
  });
});
