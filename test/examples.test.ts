import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse, parseDocument } from 'yaml';
import { workdir } from './workdir.js';

const examples = join(process.cwd(), 'examples');
const files = readdirSync(examples, { recursive: true, encoding: 'utf8' });
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

describe('the examples', () => {
  it('are scripts, manifests and DAGs without mistakes of syntax', () => {
    for (const name of files) {
      const path = join(examples, name);
      if (name.endsWith('.sh')) {
        const shell = /^#!\/bin\/(\w+)/.exec(readFileSync(path, 'utf8'))![1]!;
        const checked = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
        assert.equal(checked.status, 0, checked.stderr);
      } else if (name.endsWith('.yaml'))
        assert.deepEqual(parseDocument(readFileSync(path, 'utf8')).errors, [], name);
      else if (name.endsWith('.py') && has('python3')) {
        const read = 'import ast, sys; ast.parse(open(sys.argv[1]).read())';
        const checked = spawnSync('python3', ['-c', read, path], { encoding: 'utf8' });
        assert.equal(checked.status, 0, checked.stderr);
      }
    }
  });

  it('of systemd are units without mistakes', {
    skip: has('systemd-analyze') ? false : 'systemd-analyze is not installed',
  }, () => {
    const units = readdirSync(join(examples, 'systemd'));
    const verified = (change: (text: string) => string) => {
      const dir = workdir();
      const paths = units.map((name) => {
        const text = readFileSync(join(examples, 'systemd', name), 'utf8');
        return dir.write(
          name.replace('@.', '@made.'),
          change(text).replace('/usr/local/bin/nightshift', '/bin/true'),
        );
      });
      const env = { ...process.env, SYSTEMD_UNIT_PATH: `${dir.path}:` };
      const verify = ['verify', '--man=no', '--recursive-errors=no', ...paths];
      const { stderr } = spawnSync('systemd-analyze', verify, { env, encoding: 'utf8' });
      return stderr
        .split('\n')
        .filter((line) => line.includes('@made'))
        .join('\n');
    };
    assert.equal(
      verified((text) => text),
      '',
    );
    assert.match(
      verified((text) => text.replace('RestartSec', 'RestartSecs')),
      /Unknown key.*RestartSecs/,
    );
  });

  it('of Kubernetes end a pod with the code of run, but with 0 without input or while others work', () => {
    const ends = (args: string, run: number, finish: number, reason = 'made') => {
      const dir = workdir();
      const codes = `case $1 in run) exit ${run} ;; *) echo '{"exit_code":${finish},"reason":"${reason}"}'; exit ${finish} ;; esac`;
      chmodSync(dir.write('nightshift', `#!/bin/sh\n${codes}\n`), 0o755);
      const env = { ...process.env, PATH: `${dir.path}:${process.env['PATH']}` };
      return spawnSync('sh', ['-c', args], { env }).status;
    };
    const [args] = (specOf('job.yaml') as JobSpec).template.spec.containers[0]!.args as [string];
    for (const code of [2, 3, 4, 5, 6]) assert.equal(ends(args, code, 0), code);
    for (const code of [0, 2, 3, 4, 5]) assert.equal(ends(args, 0, code), code);
    assert.equal(ends(args, 99, 99), 0);
    for (const reason of ['locked', 'incomplete']) assert.equal(ends(args, 0, 5, reason), 0);
    const nightly = specOf('cronjob.yaml') as { readonly jobTemplate: { readonly spec: JobSpec } };
    const [once] = nightly.jobTemplate.spec.template.spec.containers[0]!.args as [string];
    for (const code of [0, 2, 3, 4, 5, 6]) assert.equal(ends(once, code, 0), code);
    assert.equal(ends(once, 99, 0), 0);
  });

  it('of Kubernetes fail the whole job on 2 and 3, and never restart a container', () => {
    const job = specOf('job.yaml') as JobSpec;
    const nightly = (specOf('cronjob.yaml') as { readonly jobTemplate: { readonly spec: JobSpec } })
      .jobTemplate.spec;
    for (const { podFailurePolicy, template } of [job, nightly]) {
      const [first] = podFailurePolicy.rules;
      assert.deepEqual([first!.action, first!.onExitCodes!.values], ['FailJob', [2, 3]]);
      assert.equal(template.spec.restartPolicy, 'Never');
    }
    assert.match(job.template.spec.containers[0]!.args[0]!, new RegExp(`--shard auto/${job.completions}\\b`));
  });
});

/** What the tests read of a Job. */
interface JobSpec {
  readonly completions?: number;
  readonly podFailurePolicy: {
    readonly rules: readonly {
      readonly action: string;
      readonly onExitCodes?: { readonly values: readonly number[] };
    }[];
  };
  readonly template: {
    readonly spec: {
      readonly restartPolicy: string;
      readonly containers: readonly { readonly args: readonly string[] }[];
    };
  };
}

function specOf(name: string): unknown {
  return (parse(readFileSync(join(examples, 'kubernetes', name), 'utf8')) as { readonly spec: unknown }).spec;
}

describe('the script for cron', { skip: has('flock') ? false : 'flock is not installed' }, () => {
  const ends = (code: number) => {
    const dir = workdir();
    chmodSync(
      dir.write(
        'bin/nightshift',
        `#!/bin/sh\necho 'why it failed' >&2\necho '{"exit_code":${code}}'\nexit ${code}\n`,
      ),
      0o755,
    );
    chmodSync(
      dir.write('bin/mail', `#!/bin/sh\necho "$@" > ${dir.path}/subject\ncat > ${dir.path}/mail\n`),
      0o755,
    );
    const env = {
      ...process.env,
      PATH: `${dir.path}/bin:${process.env['PATH']}`,
      NIGHTSHIFT_LOGS: `${dir.path}/logs`,
      MAILTO: 'someone',
    };
    const ran = spawnSync(join(examples, 'cron/nightly.sh'), ['/jobs/made.yaml'], { env, encoding: 'utf8' });
    assert.equal(ran.status, code, ran.stderr);
    return dir;
  };

  it('mails the last line and the log when a person must act, and nothing when not', () => {
    for (const code of [1, 2, 3, 4, 5, 6]) {
      const dir = ends(code);
      assert.match(dir.read('subject'), new RegExp(`-s nightshift made: exit ${code} someone`));
      assert.match(dir.read('mail'), new RegExp(`^\\{"exit_code":${code}\\}\\n\\nwhy it failed`));
    }
    for (const code of [0, 99]) assert.equal(ends(code).readOr('mail', ''), '');
  });

  it('runs once at a time', () => {
    const dir = workdir();
    const script = `${join(examples, 'cron/nightly.sh')} /jobs/made.yaml; echo "inner $?"`;
    chmodSync(
      dir.write('bin/nightshift', `#!/bin/sh\n[ -n "$INNER" ] && exit 0\nexport INNER=1\n${script} >&2\n`),
      0o755,
    );
    const env = {
      ...process.env,
      PATH: `${dir.path}/bin:${process.env['PATH']}`,
      NIGHTSHIFT_LOGS: `${dir.path}/logs`,
    };
    const ran = spawnSync(join(examples, 'cron/nightly.sh'), ['/jobs/made.yaml'], { env, encoding: 'utf8' });
    assert.equal(ran.status, 0, ran.stderr);
    const [log] = readdirSync(join(dir.path, 'logs')).filter((name) => name.endsWith('.log'));
    assert.match(dir.read(`logs/${log}`), /made is still running\ninner 5/);
  });
});
