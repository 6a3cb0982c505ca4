// Joins what each process loads into few files, under dist/bundle: Node opens, resolves and compiles over 300 modules one by one otherwise, in every
// process of a run. What tsc wrote as an entry then leads there; everything else of dist/src stays, for the tests.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { build } from 'esbuild';

const outdir = 'dist/bundle';

/** The first module of every process, and the stage that workers load by its address. */
const entries = {
  main: 'dist/src/main.js',
  worker: 'dist/src/workers/entry.js',
  probe: 'dist/src/model/probe-child.js',
  stage: 'dist/src/run/slice/score-slice.js',
};

/** A module that looks for files beside itself still finds them where tsc put it. */
const keepsItsPlace = {
  name: 'keeps-its-place',
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/src\/.*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const place = JSON.stringify(relative(outdir, path));
      return { contents: text.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) };
    });
  },
};

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: entries,
  outdir,
  bundle: true,
  splitting: true,
  chunkNames: 'part-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // They load native code or WebAssembly from their own folders.
  external: ['onnxruntime-node', 'parquet-wasm'],
  // What is still CommonJS asks for Node's own modules.
  banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
  plugins: [keepsItsPlace],
  logLevel: 'warning',
});

for (const [name, path] of Object.entries(entries)) {
  const to = relative(dirname(path), `${outdir}/${name}.js`);
  const shebang = name === 'main' ? '#!/usr/bin/env node\n' : '';
  await writeFile(path, `${shebang}export * from '${to}';\n`);
}
