import { appendFileSync } from 'node:fs';
import { patchCalls } from '../faults/storage/patch-calls.js';

/** Loaded into each process: adds a line to `NOTE_OPENS` for every opening of a file `in/day...`. */
const log = process.env['NOTE_OPENS']!;
const append = appendFileSync;
await patchCalls(
  (path) => /\/in\/day/.test(path),
  (call, make) => {
    if (call.name === 'open' || call.name === 'readFile') append(log, `${process.ppid} ${call.path}\n`);
    return make();
  },
);
