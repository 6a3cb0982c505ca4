import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const pages = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

test('every link of the docs leads to a file, and to a heading of it', () => {
  for (const page of pages) {
    for (const [, link] of readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link!)) continue;
      const [path, heading] = link!.split('#');
      const target = path === '' ? page : join(dirname(page), path!);
      assert.ok(existsSync(target), `${page} links to ${link}`);
      if (heading !== undefined) assert.ok(headingsOf(target).includes(heading), `${page} links to ${link}`);
    }
  }
});

test('every decision is in the list', () => {
  const list = readFileSync('docs/decisions/README.md', 'utf8');
  const files = readdirSync('docs/decisions').filter((name) => name !== 'README.md');
  for (const name of files) assert.ok(list.includes(`](${name})`), name);
});

/** A heading as GitHub makes an address of it. */
function headingsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
