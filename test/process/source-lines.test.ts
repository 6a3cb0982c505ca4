import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { withSourceLines } from '../../src/process/source-lines.js';

/** Texts of the main process's script alone, and of both. */
const markers = ['this is a bug: please report it', 'a task came before the stage was open'];

/** Returns line and column of a marker's first occurrence in a file, counted from 1. */
function placeIn(text: string, marker: string): { line: number; column: number } {
  const line = text.split('\n').findIndex((one) => one.includes(marker));
  return { line: line + 1, column: text.split('\n')[line]!.indexOf(marker) };
}

test('a stack of the bundle names the line of the source', () => {
  const files = readdirSync('dist/bundle').filter((name) => name.endsWith('.cjs'));
  let seen = 0;
  for (const file of files.map((name) => join(process.cwd(), 'dist/bundle', name))) {
    const text = readFileSync(file, 'utf8');
    for (const marker of markers.filter((one) => text.includes(one))) {
      const { line, column } = placeIn(text, marker);
      const mapped = withSourceLines(`Error: x\n    at f (${pathToFileURL(file)}:${line}:${column})`);
      const [, source, sourceLine] = /^Error: x\n {4}at f \((src\/\S+\.ts):(\d+):\d+\)$/.exec(mapped) ?? [];
      assert.ok(source !== undefined, mapped);
      assert.equal(Number(sourceLine), placeIn(readFileSync(source, 'utf8'), marker).line, source);
      seen++;
    }
  }
  assert.equal(seen, 3);
});

test('a position without a map stays as it is', () => {
  const stack = 'Error: x\n    at file:///nowhere/a.js:1:2\n    at node:internal/a:3:4';
  assert.equal(withSourceLines(stack), stack);
});
