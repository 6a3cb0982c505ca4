import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { commands } from '../../src/cli/commands.js';
import { type Workdir, workdir } from '../workdir.js';

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

function script(shell: string): { readonly dir: Workdir; readonly path: string } {
  const dir = workdir();
  const ran = dir.call(['completion', shell]);
  assert.equal(ran.code, 0, ran.stderr);
  return { dir, path: dir.write(`nightshift.${shell}`, ran.stdout) };
}

/** What each shell must offer for the last of the words. */
const offers: readonly (readonly [
  words: readonly string[],
  offered: readonly string[],
  not: readonly string[],
])[] = [
  [[''], commands.map(({ name }) => name), ['job.yaml']],
  [['re'], ['retry', 'report', 'repair'], ['run']],
  [['run', '--da'], ['--date'], ['--output']],
  [['run', '--date', 'to'], ['today'], ['yesterday']],
  [['check', '--text', 'job.yaml', '--js'], ['--json'], []],
  [['schema', ''], ['job', 'summary'], []],
  [['completion', 'f'], ['fish'], ['bash']],
  [['inspect', '--'], ['--dialect'], ['--date']],
];

describe('completion in bash', { skip: !has('bash') && 'there is no bash', timeout: 60_000 }, () => {
  it('offers commands, options and values', () => {
    const { path } = script('bash');
    const lines = offers.map(([words]) => {
      const quoted = ['nightshift', ...words].map((word) => `'${word}'`).join(' ');
      return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _nightshift; echo "\${COMPREPLY[*]}"`;
    });
    const ran = spawnSync('bash', ['--norc', '-euc', `source ${path}; ${lines.join('; ')}`], {
      encoding: 'utf8',
    });
    assert.equal(ran.stderr, '');
    const answers = ran.stdout.split('\n');
    for (const [i, [words, offered, not]] of offers.entries()) {
      const found = answers[i]!.split(' ');
      for (const word of offered)
        assert.ok(found.includes(word), `${words.join(' ')} offers ${word}: ${found}`);
      for (const word of not) assert.ok(!found.includes(word), `${words.join(' ')} does not offer ${word}`);
    }
  });

  it('leaves paths to the shell', () => {
    const { path } = script('bash');
    const at = `source ${path}; COMP_WORDS=(nightshift run x); COMP_CWORD=2; _nightshift; echo "\${#COMPREPLY[@]}"; complete -p nightshift`;
    const ran = spawnSync('bash', ['--norc', '-uc', at], { encoding: 'utf8' });
    assert.equal(ran.stdout, '0\ncomplete -o default -F _nightshift nightshift\n');
  });
});

describe('completion in fish', { skip: !has('fish') && 'there is no fish', timeout: 60_000 }, () => {
  for (const [words, offered, not] of offers)
    it(`offers for "${words.join(' ')}" what it should`, () => {
      const { path } = script('fish');
      const asked = `source ${path}; complete -C 'nightshift ${words.join(' ')}'`;
      const { stdout } = spawnSync('fish', ['--no-config', '-c', asked], { encoding: 'utf8' });
      const found = stdout.split('\n').map((line) => line.split('\t')[0]!);
      for (const word of offered) assert.ok(found.includes(word), `${word}: ${found}`);
      for (const word of not) assert.ok(!found.includes(word), word);
    });
});

describe('completion in zsh', { skip: !has('zsh') && 'there is no zsh', timeout: 60_000 }, () => {
  it('is loaded without an error', () => {
    const { path } = script('zsh');
    const asked = `autoload -U compinit; compinit -D -u; source ${path}; print $_comps[nightshift]`;
    const ran = spawnSync('zsh', ['-f', '-c', asked], { encoding: 'utf8' });
    assert.deepEqual([ran.stderr, ran.stdout], ['', '_nightshift\n']);
  });
});

describe('completion', { timeout: 60_000 }, () => {
  it('names every command and each of its options in every shell', () => {
    const dir = workdir();
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = dir.call(['completion', shell]);
      for (const { name } of commands) assert.match(stdout, new RegExp(`\\b${name}\\b`), `${shell}: ${name}`);
      for (const option of ['date', 'exit-on-check', 'stray-quotes', 'baseline'])
        assert.match(stdout, new RegExp(`(--|-l )${option}\\b`), `${shell}: ${option}`);
    }
  });

  it('refuses another shell by naming those that it knows', () => {
    const ran = workdir().call(['completion', 'tcsh']);
    assert.equal(ran.code, 2);
    assert.match(
      ran.stderr,
      /argument 'shell' must be one of bash, zsh, fish, found "\w+"\n {2}see nightshift completion --help/,
    );
  });
});
