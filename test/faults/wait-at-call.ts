import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { patchCalls } from './storage/patch-calls.js';

/**
 * Preloaded into the program (`--import`): its first asynchronous call on a path that matches WAIT_AT takes two
 * seconds, as on a slow disk; when it begins, the file WAIT_SIGN is written.
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
      return setTimeout(2_000).then(() => make());
    },
  );
