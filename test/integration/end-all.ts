import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

// The process of `startGuard`. Its standard input names process groups, and ends when the test stops it or is
// gone. Daemons have groups of their own and are known by their environment, which some programs overwrite.
const setting = process.argv[2]!;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
const groups = (await text(process.stdin)).split('\n').filter(Boolean).map(Number);

for (let tries = 0; tries < 120; tries++, await sleep(100)) {
  const signal = tries === 0 ? 'SIGTERM' : tries >= 100 ? 'SIGKILL' : 0;
  const living = [...groups.map((pid) => -pid), ...marked()].filter((pid) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  });
  if (living.length === 0) break;
}

/** Processes whose environment has the setting. */
function marked(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(setting);
      } catch {
        return false;
      }
    })
    .map(Number);
}
