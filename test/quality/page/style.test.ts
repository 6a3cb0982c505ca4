import assert from 'node:assert/strict';
import { test } from 'node:test';
import { style } from '../../../src/quality/page/style.js';

/** Relative luminance of `#rgb` or `#rrggbb` (WCAG 2.2). */
function luminance(color: string): number {
  const digits =
    color.length === 4 ? [...color.slice(1)].map((digit) => digit + digit).join('') : color.slice(1);
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

const schemes = [...style.matchAll(/:root\{([^}]*)\}/g)].map(
  (match) =>
    new Map([...match[1]!.matchAll(/--([\w-]+):(#[\da-f]+)/g)].map(([, name, color]) => [name!, color!])),
);

const texts = [
  ...['ink', 'muted', 'link'].flatMap((text) => [[text, 'paper'] as const, [text, 'ground'] as const]),
  ...['good', 'check', 'bad'].flatMap((level) => [
    [level, `${level}-soft`] as const,
    ['ink', `${level}-soft`] as const,
  ]),
  ['ink', 'before'] as const,
];
const signs = ['now', 'now-line', 'before-line', 'ok', 'repaired', 'flagged', 'rejected', 'check', 'bad'];

test('the page has a light, a dark and a printed scheme', () => {
  assert.equal(schemes.length, 3);
});

for (const [i, name] of ['light', 'dark', 'print'].entries()) {
  test(`every text of the ${name} scheme has the contrast that WCAG AA asks for`, () => {
    for (const [text, ground] of texts) {
      const ratio = contrast(schemes[i]!.get(text)!, schemes[i]!.get(ground)!);
      assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
    }
  });

  test(`everything drawn in the ${name} scheme stands out from the paper three to one`, () => {
    for (const sign of signs) {
      const ratio = contrast(schemes[i]!.get(sign)!, schemes[i]!.get('paper')!);
      assert.ok(ratio >= 3, `${sign}: ${ratio.toFixed(2)}`);
    }
  });
}
