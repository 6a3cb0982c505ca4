// Joins what each process loads into few files, under dist/bundle: Node opens, resolves and compiles over 300 modules one by one otherwise, in every
// process of a run. What tsc wrote as an entry then leads there; everything else of dist/src stays, for the tests. What cannot be joined (native code,
// WebAssembly, files loaded by their address) is copied to dist/vendor, so that a built program needs no node_modules.
import { copyFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const outdir = 'dist/bundle';
const vendor = 'dist/vendor';

/** The first module of every child process, and the stage that workers load by its address. */
const entries = {
  worker: 'dist/src/workers/entry.js',
  probe: 'dist/src/model/probe-child.js',
  stage: 'dist/src/run/slice/score-slice.js',
};

/** What the first module of the main process loads, and what is left there alone: so small that it can report what keeps the rest from loading. */
const program = 'dist/src/cli/program.js';
const main = 'dist/src/main.js';

/** Modules that the source asks for by an address, not by `import`: where each lies, and its name under dist/vendor. */
const loadedByAddress = {
  'parquet-wasm/node': { from: 'parquet-wasm/node/parquet_wasm.js', to: 'parquet_wasm.cjs' },
  'csv-parse/sync': { from: 'csv-parse/dist/cjs/sync.cjs', to: 'csv-parse.cjs' },
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
      const place = JSON.stringify(relative(outdir, path));
      return { contents: text.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) };
    });
    onLoad({ filter: /\/onnxruntime-node\/dist\/binding\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const binding = 'require(`../bin/napi-v6/';
      if (!text.includes(binding)) throw new Error(`${path} loads its binding in another way`);
      return { contents: text.replace(binding, `requireAtRun(\`${relative(outdir, vendor)}/onnxruntime/`) };
    });
  },
};

const leadsToProgram = {
  name: 'leads-to-program',
  setup({ onResolve }) {
    onResolve({ filter: /\/program\.js$/ }, () => ({ path: relative(dirname(main), `${outdir}/program.js`), external: true }));
  },
};

await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { program, ...entries },
  outdir,
  bundle: true,
  splitting: true,
  chunkNames: 'part-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  metafile: true,
  sourcemap: true,
  sourcesContent: false,
  // What is still CommonJS asks for Node's own modules; the second name is one that esbuild does not follow.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url), requireAtRun = require;",
  },
  plugins: [keepsItsPlace],
  logLevel: 'warning',
});

const { files } = JSON.parse(await readFile('package.json', 'utf8'));
for (const [name, path] of Object.entries(entries)) {
  if (!files.includes(path)) throw new Error(`"files" in package.json must list ${path}`);
  const to = relative(dirname(path), `${outdir}/${name}.js`);
  await writeFile(path, `export * from '${to}';\n`);
}
await build({
  entryPoints: [main],
  outfile: main,
  allowOverwrite: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  plugins: [leadsToProgram],
  logLevel: 'warning',
});

const { jobJsonSchema } = await import('./dist/src/job/json-schema.js');
await writeFile('dist/job.schema.json', `${JSON.stringify(jobJsonSchema(), null, 2)}\n`);

await rm(vendor, { recursive: true, force: true });
for (const { from, to } of Object.values(loadedByAddress)) await copy(`node_modules/${from}`, join(vendor, to));
await copy('node_modules/parquet-wasm/node/parquet_wasm_bg.wasm', join(vendor, 'parquet_wasm_bg.wasm'));
for (const system of systems) {
  const folder = `node_modules/onnxruntime-node/bin/napi-v6/${system}`;
  // The Mac's library lies there twice; the binding asks for the short name.
  const names = (await readdir(folder)).filter((name) => !/\d\.\d+\.\d+\.dylib$/.test(name));
  for (const name of names) await copy(join(folder, name), join(vendor, 'onnxruntime', system, name));
}

/** The packages that the bundle was made from, for their licences. */
const bundled = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1]);
const vendored = Object.values(loadedByAddress).map(({ from }) => from.split('/')[0]);
await writeFile('dist/bundle.json', JSON.stringify([...new Set([...bundled, ...vendored])].filter(Boolean).sort()));

/** A hard link where the file system allows it: the runtime has 45 MB. */
async function copy(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to));
}
