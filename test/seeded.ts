import fc from 'fast-check';

/**
 * fast-check with a seed: the same cases in every `make test`, so that a change fails for what it changes.
 * `NIGHTSHIFT_SEED=random` or `NIGHTSHIFT_FULL=1` tries others; a failure prints its seed, and
 * `NIGHTSHIFT_SEED` set to it repeats the cases.
 */
const wanted = process.env['NIGHTSHIFT_SEED'] ?? (process.env['NIGHTSHIFT_FULL'] === '1' ? 'random' : '1');
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });

export { default } from 'fast-check';
