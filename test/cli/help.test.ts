import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { commands } from '../../src/cli/commands.js';
import { exitCodes } from '../../src/reasons.js';
import { main } from '../workdir.js';

function helpOf(...words: string[]): string {
  const env = { ...process.env };
  delete env['FORCE_COLOR'];
  const { stdout, status } = spawnSync(process.execPath, [main, ...words, '--help'], {
    encoding: 'utf8',
    env,
  });
  assert.equal(status, 0);
  return stdout.trimEnd();
}

const general = helpOf();

test('docs/cli.md is what --help says', () => {
  const sections = commands.map(({ name }) => `## ${name}\n\`\`\`\n${helpOf(name)}\n\`\`\`\n`);
  const page = `# Commands

Made from \`nightshift --help\` and \`nightshift COMMAND --help\`. What each exit code and each reason means: [errors.md](errors.md).

\`\`\`
${general}
\`\`\`

${sections.join('\n')}`;
  if (process.env['NIGHTSHIFT_UPDATE_DOCS'] === '1') writeFileSync('docs/cli.md', page);
  assert.equal(readFileSync('docs/cli.md', 'utf8'), page, 'run this test with NIGHTSHIFT_UPDATE_DOCS=1');
});

test('--help lists every exit code, and the README every command', () => {
  for (const [code, { means }] of Object.entries(exitCodes)) {
    assert.match(general, new RegExp(`^ +${code} +${means.replaceAll('.', '\\.')}$`, 'm'));
  }
  const readme = readFileSync('README.md', 'utf8');
  for (const { name } of commands) assert.match(readme, new RegExp(`^\\| \`${name}[ \`]`, 'm'), name);
});
