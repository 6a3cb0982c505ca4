// Compiles the AssemblyScript kernels to csv.wasm, counts.wasm, trees.wasm and pages.wasm beside this script, unless they are newer than all they are
// made of. One process compiles them all, and `--liftoff-only` spares V8 optimizing the compiler itself: a third of the processor time.
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

process.chdir(import.meta.dirname);

const options = [
  ...['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert', '--uncheckedBehavior', 'always'],
  // AS112 warns of v128 in calls between our own files.
  ...['--disableWarning', '112'],
];

/** Addresses below `memoryBase` are scratch bytes and result slots, see layout.ts and count-layout.ts; 16384 pages are 1 GiB. */
const kernels = [
  { name: 'csv', entry: 'assembly/index.ts', memoryBase: 4096, initialMemory: 2, maximumMemory: 16384 },
  { name: 'counts', entry: 'assembly/counts/index.ts', memoryBase: 2048, initialMemory: 19, maximumMemory: 19 },
  { name: 'pages', entry: 'assembly/pages/index.ts', memoryBase: 512, initialMemory: 2, maximumMemory: 16384 },
  { name: 'trees', entry: 'assembly/trees/index.ts', memoryBase: 1024, initialMemory: 2, maximumMemory: 16384 },
];

const modified = (path) => statSync(path).mtimeMs;
const assembly = ['assembly', ...readdirSync('assembly', { recursive: true }).map((name) => join('assembly', name))];
const newest = Math.max(...[...assembly, 'layout.ts', 'count-layout.ts', 'build.mjs'].map(modified));

for (const { name, entry, ...memory } of kernels) {
  if (existsSync(`${name}.wasm`) && modified(`${name}.wasm`) >= newest) continue;
  const made = `${name}.${process.pid}.tmp`;
  const { main } = await import('assemblyscript/asc');
  const sizes = Object.entries(memory).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const { error } = await main([entry, '--outFile', made, ...options, ...sizes], process);
  if (error !== null) process.exit(1);
  renameSync(made, `${name}.wasm`);
}
