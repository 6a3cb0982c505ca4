import { existsSync, open, readFileSync } from 'node:fs';

/**
 * Preloaded into the program (`--import`): from the moment that the file HANG_AT exists (without it: that the
 * program has a child process), no file operation ends, as on a network mount that does not answer. Every
 * thread for files waits for a writer of the pipe HANG_IN.
 */
const { HANG_AT = '', HANG_IN = '' } = process.env;
const children = `/proc/self/task/${process.pid}/children`;
const isDue = () => (HANG_AT === '' ? readFileSync(children, 'utf8') !== '' : existsSync(HANG_AT));
if (!/entry|probe-child/.test(process.argv[1] ?? '')) {
  const timer = setInterval(() => {
    if (!isDue()) return;
    clearInterval(timer);
    for (let thread = 0; thread < 4; thread++) open(HANG_IN, 'r', () => {});
  }, 10);
  timer.unref();
}
