import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { patchCalls } from './storage/patch-calls.js';

/**
 * Preloaded into the program (`--import`): its first asynchronous call on a path that matches WAIT_AT writes the
 * file WAIT_SIGN, and goes on when that file is removed, or after half a minute, as on a slow disk.
 */
const { WAIT_AT = '', WAIT_SIGN = '' } = process.env;
let isWaiting = false;
const place = new RegExp(WAIT_AT);
if (!/entry|probe-child/.test(process.argv[1] ?? ''))
  await patchCalls(
    (path) => place.test(path),
    (call, make) => {
      if (isWaiting || call.isSync) return make();
      isWaiting = true;
      writeFileSync(WAIT_SIGN, call.path);
      return removed(WAIT_SIGN).then(() => make());
    },
  );

async function removed(path: string): Promise<void> {
  for (const end = performance.now() + 30_000; existsSync(path) && performance.now() < end; ) await sleep(10);
}
