import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ExitCode, exitCodes, type Reason, reasons } from '../src/reasons.js';

const code = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && path !== 'reasons.ts' && !path.startsWith('kernels/assembly'))
  .map((path) => readFileSync(join('src', path), 'utf8'))
  .join('\n');

test('every reason in the code is in the registry', () => {
  const thrown = /new (?:Invalid|Truncated|Transient|Budget|NoInput)Error\(\s*'([^']+)'/g;
  const found = [...code.matchAll(thrown), ...code.matchAll(/\breason: '([a-z-]+)'/g)].map(
    ([, word]) => word!,
  );
  assert.ok(found.length > 100);
  for (const word of found) assert.ok(word in reasons, `"${word}" is not in src/reasons.ts`);
});

test('every reason of the registry is used in the code', () => {
  for (const reason of Object.keys(reasons)) {
    assert.ok(
      code.includes(`'${reason}'`) || code.includes(`reason: '${reason}'`),
      `"${reason}" is nowhere used`,
    );
  }
});

test('a reason has one exit code, but where the job file or the signal decides', () => {
  const several = Object.entries(reasons).filter(([, { exits }]) => exits.length > 1);
  assert.deepEqual(several.map(([reason]) => reason).sort(), [
    'interrupted',
    'no-input',
    'no-rows',
    'nothing-new',
  ]);
});

test('docs/errors.md is what the registry says', () => {
  const page = renderErrors();
  if (process.env['NIGHTSHIFT_UPDATE_DOCS'] === '1') writeFileSync('docs/errors.md', page);
  assert.equal(readFileSync('docs/errors.md', 'utf8'), page, 'run this test with NIGHTSHIFT_UPDATE_DOCS=1');
});

test('the README lists the exit codes as the registry does', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const row of exitCodeRows()) assert.ok(readme.includes(`\n${row}\n`), row);
});

function exitCodeRows(): string[] {
  const rows = Object.entries(exitCodes).map(
    ([exit, { means, scheduler }]) => `| ${exit} | ${means} | ${scheduler} |`,
  );
  return ['| exit code | means | a scheduler should |', '|---|---|---|', ...rows];
}

function renderErrors(): string {
  const byCode = new Map<string, Reason[]>();
  for (const [reason, { exits }] of Object.entries(reasons)) {
    const key = exits.join(', ');
    byCode.set(key, [...(byCode.get(key) ?? []), reason as Reason]);
  }
  const order = (key: string) => Number(key.split(', ').at(0));
  const sections = [...byCode]
    .sort(([a], [b]) => order(a) - order(b) || a.length - b.length)
    .flatMap(([key, words]) => [
      '',
      `## Exit code ${key.replace(', ', ' or ')}: ${meaning(key)}`,
      '| reason | means | what to do |',
      '|---|---|---|',
      ...words.map((word) => `| \`${word}\` | ${reasons[word].means} | ${reasons[word].todo} |`),
    ]);
  return `# Exit codes and reasons

Made from \`src/reasons.ts\`. A run that fails says its exit code and its \`reason\`, a stable word for programs, in the last line on stdout, in the records that \`nightshift status\`
reads, and with \`--json\`. The message names the file, the row and the column; the \`hint\` says what to do. Codes of single rows
(\`problems\`) and of findings are in [problems.md](problems.md) and [quality.md](quality.md).

${exitCodeRows().join('\n')}
${sections.join('\n')}
`;
}

function meaning(key: string): string {
  return key.split(', ').map((exit) => exitCodes[Number(exit) as ExitCode].means)[0]!;
}
