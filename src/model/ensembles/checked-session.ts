import { InvalidError } from '../../errors.js';
import type { ModelSession } from '../runtime-session.js';
import { firstDifference } from './compare-answers.js';

/**
 * Returns `ours`, but scores its first `rows` rows with the runtime alone too, in the session that
 * `openWhole` opens for them: real rows in addition to the generated ones of the proof. Throws `InvalidError`
 * where an answer differs by a bit.
 */
export function checkedSession(
  ours: ModelSession,
  openWhole: () => Promise<ModelSession>,
  rows: number,
  path: string,
): ModelSession {
  let left = rows;
  let whole: ModelSession | null = null;
  const release = async () => {
    await whole?.release();
    whole = null;
  };
  return {
    ...ours,
    async run(feeds, fetches) {
      if (left <= 0) return ours.run(feeds, fetches);
      whole ??= await openWhole();
      const names = Object.keys(fetches);
      const expected = await whole.run(feeds, Object.fromEntries(names.map((name) => [name, null])));
      const found = await ours.run(feeds, fetches);
      const count = expected[names[0]!]?.dims[0] ?? 0;
      if (firstDifference(expected, found, count) !== -1) throw differs(path);
      left -= count;
      if (left <= 0) await release();
      return found;
    },
    async release() {
      await release();
      await ours.release();
    },
  };
}

function differs(path: string): InvalidError {
  const message = `the trees of model "${path}" give other scores in our loops than in the runtime`;
  return new InvalidError('trees-differ', message, {
    file: path,
    hint: 'set "model.rewrite: off", and report this with the model',
  });
}
