import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { workdir } from '../workdir.js';
import { installed, whyNot } from './engines.js';

const folder = join(process.cwd(), 'examples/kubernetes');

describe('the manifests of Kubernetes', { skip: whyNot('kubernetes-validate') ?? false }, () => {
  const validate = (path: string) =>
    spawnSync(installed('kubernetes-validate'), ['--strict', '--kubernetes-version', '1.31', path], {
      encoding: 'utf8',
    });

  for (const name of readdirSync(folder))
    it(`${name} is valid by the published schema, with no unknown key`, () => {
      const path = join(folder, name);
      const checked = validate(path);
      assert.equal(checked.status, 0, checked.stdout + checked.stderr);
      const wrong = readFileSync(path, 'utf8').replace('podFailurePolicy:', 'podFailurePolicies:');
      assert.notEqual(validate(workdir().write(name, wrong)).status, 0, 'an unknown key is found');
    });
});
