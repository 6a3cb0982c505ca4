// Joins what each process loads into few files, under dist/bundle: Node opens, resolves and compiles over 300 modules one by one otherwise, in every
// process of a run. What tsc wrote as an entry then leads there; everything else of dist/src stays, for the tests. What cannot be joined (native code,
// WebAssembly, files loaded by their address) is copied to dist/vendor, so that a built program needs no node_modules.
import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const outdir = 'dist/bundle';
const vendor = 'dist/vendor';

/** The first modules of the processes, and the stage of a run, which a worker loads by its address and finds in its own bundle. */
const main = 'dist/src/main.js';
const program = 'dist/src/cli/program.js';
const worker = 'dist/src/workers/entry.js';
const probe = 'dist/src/model/probe-child.js';
/** What `import 'nightshift'` loads, and its types. */
const library = 'dist/src/library/index.js';
const types = 'src/library/api.ts';
const stage = 'dist/src/run/score/stage.js';

const s3Commands = `S3Client, HeadObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, CopyObjectCommand, DeleteObjectCommand,
  CreateMultipartUploadCommand, UploadPartCommand, UploadPartCopyCommand, CompleteMultipartUploadCommand, AbortMultipartUploadCommand, ListMultipartUploadsCommand`;

/** Modules that the source asks for by an address, not by `import`: where each lies, and its name under dist/vendor. */
const loadedByAddress = {
  'parquet-wasm/node': { from: 'parquet-wasm/node/parquet_wasm.js', to: 'parquet_wasm.cjs' },
  'csv-parse/sync': { from: 'csv-parse/dist/cjs/sync.cjs', to: 'csv-parse.cjs' },
  '@aws-sdk/client-s3': { exports: s3Commands, to: 'aws-s3.cjs' },
};

/** Systems whose runtime is copied: this one alone, or with `--all-systems` each one that the package serves. */
const systems = process.argv.includes('--all-systems')
  ? ['linux/x64', 'linux/arm64', 'darwin/arm64']
  : [`${process.platform}/${process.arch}`];

/** A module that looks for files beside itself still finds them where tsc put it, and modules loaded by their address in dist/vendor. */
const keepsItsPlace = {
  name: 'keeps-its-place',
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/src\/.*\.js$/ }, async ({ path }) => {
      let text = await readFile(path, 'utf8');
      for (const [name, { to }] of Object.entries(loadedByAddress)) {
        const there = JSON.stringify(relative(dirname(path), join(vendor, to)));
        text = text
          .replaceAll(`import.meta.resolve('${name}')`, `new URL(${there}, import.meta.url).href`)
          .replaceAll(`('${name}')`, `(${there})`);
      }
      return { contents: atItsPlace(text, path) };
    });
    onLoad({ filter: /\/onnxruntime-node\/dist\/binding\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const binding = 'require(`../bin/napi-v6/';
      if (!text.includes(binding)) throw new Error(`${path} loads its binding in another way`);
      return { contents: text.replace(binding, `requireAtRun(\`${relative(outdir, vendor)}/onnxruntime/`) };
    });
  },
};

/** In a bundle `__address` is the address of the bundle, and only `importAtRun` imports what lies outside. */
function atItsPlace(text, path) {
  const place = JSON.stringify(relative(outdir, path));
  return text.replaceAll('import.meta.url', `new URL(${place}, __address).href`).replaceAll('import.meta.resolve(', '__resolve(').replaceAll('import(url)', 'importAtRun(url)');
}

/** Joins modules into one script, which `loadBundle` calls, and returns its SHA-256. */
async function bundle(name, text) {
  const outfile = `${outdir}/${name}.cjs`;
  const { metafile } = await build({
    stdin: { contents: text, resolveDir: '.', sourcefile: `${name}.js` },
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    metafile: true,
    sourcemap: true,
    sourcesContent: false,
    // Each process holds the text of its script for as long as it lives.
    minifyWhitespace: !process.argv.includes('--readable'),
    banner: {
      js: `(function (exports, require, module, __address, requireAtRun, importAtRun) { const __resolve = (name) => require('node:url').pathToFileURL(require.resolve(name)).href;`,
    },
    footer: { js: '})' },
    plugins: [keepsItsPlace],
    logLevel: 'warning',
  });
  const script = inAscii(await readFile(outfile, 'utf8'));
  if (/\bimport\(/.test(script.replace(/^\s*(\/\/|\*).*$/gm, '')))
    throw new Error(`${outfile} imports by itself, which a script with kept code cannot`);
  await writeFile(outfile, script);
  for (const path of Object.keys(metafile.inputs)) inputs.add(path);
  return createHash('sha256').update(script).digest('hex');
}

/** Joins what is used of a library of many packages into one file. */
async function bundleLibrary(name, exports, outfile) {
  const { metafile } = await build({
    stdin: { contents: `export { ${exports} } from '${name}';`, resolveDir: '.' },
    outfile,
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    metafile: true,
    logLevel: 'warning',
  });
  for (const path of Object.keys(metafile.inputs)) inputs.add(path);
}

/** `loadBundle` reads a byte as a character, which is fast. esbuild escapes what is not ASCII in strings, but not in regular expressions and tagged templates. */
function inAscii(script) {
  if (/\\[^\0-\x7f]/.test(script)) throw new Error('a character that is not ASCII follows a backslash, and cannot be written as another escape');
  return script.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Replaces what tsc wrote at `path` by a small module that loads a bundle: so small that it can report what keeps the rest from loading. */
async function leadTo(path, { name, sha256, use, exported, isGuest = false }) {
  const loaded = {
    name: 'loaded',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/program\.js$/ }, () => ({ path: 'bundle', namespace: 'bundle' }));
      onLoad({ filter: /.*/, namespace: 'bundle' }, () => ({
        contents: `import { loadBundle } from './dist/src/process/load-bundle.js';
          const file = new URL('${relative(dirname(path), `${outdir}/${name}.cjs`)}', import.meta.url);
          const { exports, keepCode } = loadBundle(file, '${sha256}', ${use}, ${!isGuest});
          exports.keepCodeWith(keepCode, '${sha256}');
          ${exported}`,
        resolveDir: '.',
      }));
    },
  };
  await build({
    ...(path === main ? { entryPoints: [main] } : { stdin: { contents: `export * from './program.js';`, resolveDir: '.' } }),
    outfile: path,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [loaded],
    logLevel: 'warning',
  });
}

const inputs = new Set();
// A bundle of an entry that already loads the bundle would load itself without end.
for (const path of [main, library, worker, probe])
  if ((await readFile(path, 'utf8')).includes('.keepCodeWith('))
    throw new Error(`${path} is already bundled; run \`make build\`, which compiles it anew first`);
await rm(outdir, { recursive: true, force: true });
const keeps = `export { keepCodeWith } from './dist/src/process/kept-code.js';`;
const bundlesStage = `import { bundleStage } from './dist/src/workers/stage-modules.js';
  bundleStage(new URL('${relative(outdir, stage)}', __address).href, () => import('./${stage}'));`;
const { files } = JSON.parse(await readFile('package.json', 'utf8'));
for (const path of [main, library, worker, probe]) if (!files.includes(path)) throw new Error(`"files" in package.json must list ${path}`);
const exported = 'check, NightshiftError, openScorer, run';
const programHash = await bundle(
  'program',
  `${bundlesStage} ${keeps} export { main } from './${program}'; export { ${exported} } from './${library}';`,
);
await leadTo(main, {
  name: 'program',
  sha256: programHash,
  use: `process.argv[2] ?? ''`,
  exported: 'export const { main } = exports;',
});
await leadTo(library, {
  name: 'program',
  sha256: programHash,
  use: `'library'`,
  isGuest: true,
  exported: `export const { ${exported} } = exports;`,
});
await copyFile(types, library.replace(/js$/, 'd.ts'));
await leadTo(worker, {
  name: 'worker',
  sha256: await bundle('worker', `${bundlesStage} ${keeps} import './${worker}';`),
  use: `''`,
  exported: '',
});
await leadTo(probe, {
  name: 'probe',
  sha256: await bundle('probe', `${keeps} import './${probe}';`),
  use: `''`,
  exported: '',
});

const { jobJsonSchema } = await import('./dist/src/job/json-schema.js');
await writeFile('dist/job.schema.json', `${JSON.stringify(jobJsonSchema(), null, 2)}\n`);

await rm(vendor, { recursive: true, force: true });
for (const [name, { from, to, exports }] of Object.entries(loadedByAddress)) {
  if (from === undefined) await bundleLibrary(name, exports, join(vendor, to));
  else await copy(`node_modules/${from}`, join(vendor, to));
}
await copy('node_modules/parquet-wasm/node/parquet_wasm_bg.wasm', join(vendor, 'parquet_wasm_bg.wasm'));
for (const system of systems) {
  const folder = `node_modules/onnxruntime-node/bin/napi-v6/${system}`;
  // The Mac's library lies there twice; the binding asks for the short name.
  const names = (await readdir(folder)).filter((name) => !/\d\.\d+\.\d+\.dylib$/.test(name));
  for (const name of names) await copy(join(folder, name), join(vendor, 'onnxruntime', system, name));
}

/** The packages that the bundle was made from, for their licences. */
const bundled = [...inputs].map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1]);
const vendored = Object.values(loadedByAddress).flatMap(({ from }) => (from === undefined ? [] : [from.split('/')[0]]));
await writeFile('dist/bundle.json', JSON.stringify([...new Set([...bundled, ...vendored])].filter(Boolean).sort()));

/** A hard link where the file system allows it: the runtime has 45 MB. */
async function copy(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to));
}
