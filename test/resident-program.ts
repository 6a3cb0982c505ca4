import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { loadBundle } from '../src/process/load-bundle.js';
import { keepInspectorClosed } from '../src/process/signals.js';
import type { ResidentCall } from './resident.js';
import { main as program, type Ran } from './workdir.js';

// The process of `callResident`: does what `src/main.ts` does for one call after another.

process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
keepInspectorClosed();
const bundle = new URL('../bundle/program.cjs', import.meta.url);
const sha256 = createHash('sha256').update(readFileSync(bundle)).digest('hex');
const { exports, keepCode } = loadBundle(bundle, sha256, 'resident', false);
const { main, keepCodeWith } = exports as {
  readonly main: (argv: readonly string[]) => Promise<number>;
  readonly keepCodeWith: (keeper: () => void, sha256: string) => void;
};
keepCodeWith(keepCode, sha256);
const home = process.cwd();
const texts = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const) {
  process[name].write = (text: string | Uint8Array, ...more: unknown[]) => {
    texts[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
    const done = more.at(-1);
    if (typeof done === 'function') done(null);
    return true;
  };
}

async function serve({ folder, args }: ResidentCall): Promise<void> {
  texts.stdout = '';
  texts.stderr = '';
  process.chdir(folder);
  const code = await main([process.execPath, program, ...args]);
  process.chdir(home);
  process.send!({ code, signal: null, ...texts } satisfies Ran);
}

process.on('message', (call) => void serve(call as ResidentCall));
process.on('disconnect', () => process.exit(0));
