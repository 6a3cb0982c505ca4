import type { ProblemCount } from '../../../src/quality/problem-count.js';
import type { Summary } from '../../../src/quality/summary.js';
import { profileOf, textsColumn } from '../made-columns.js';
import { madeDay, madePartition, madeSummary, madeTrend } from '../made-run.js';

/** Values that a page must show as text, whatever they would mean to a browser, a screen or a program. */
const hostileValues = [
  '<script>globalThis.attacked = true</script>',
  '"><img src=x onerror="globalThis.attacked = true">',
  "'><svg onload='globalThis.attacked = true'>",
  'javascript:globalThis.attacked=true',
  '</style><script>globalThis.attacked = true</script>',
  '</title></svg><script>globalThis.attacked = true</script>',
  '\u202egnp.exe',
  '\u200f\u2067right to left',
  '__proto__',
  'constructor',
  '&lt;b&gt; &amp;',
  '\u0000\u0007\u001b[31mred',
  '\ud800 half a pair',
  'x'.repeat(10_000),
  '𝒳'.repeat(3_000),
  '{{constructor.constructor("globalThis.attacked = true")()}}',
];

/** A run whose column names, values, problems, partitions and messages are all hostile. */
export function hostileSummary(): Summary {
  const day = madeDay(3000, 5, { later: 20 });
  const columns = hostileValues.map((value, i) => {
    const cells = Array.from(
      { length: 3000 },
      (_, row) => hostileValues[(row * row + i) % hostileValues.length]!,
    );
    return { ...profileOf(textsColumn(cells), { name: value, categories: 3 }), name: value };
  });
  const problems = hostileValues.map(
    (found, i): ProblemCount => ({
      code: 'unknown-category',
      column: found,
      outcome: 'flagged',
      expected: found,
      count: 40 + i,
      samples: [{ partition: null, row: i + 1, line: i + 2, found }],
    }),
  );
  const quality = { ...day, raw: [...day.raw, ...columns], problems };
  const partitions = hostileValues.map((name, i) =>
    i === 0
      ? madePartition(name, quality)
      : madePartition(name, null, {
          failure: { reason: 'csv', message: `${name}: broken`, hint: name },
          notes: () => [name],
        }),
  );
  return madeSummary(partitions, {
    job: hostileValues[0]!,
    output: hostileValues[1]!,
    reason: hostileValues[2]!,
    exitCode: 4,
    notes: hostileValues,
    before: madeTrend(8),
  });
}
