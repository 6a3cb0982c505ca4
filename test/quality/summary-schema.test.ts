import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { driftMeasures } from '../../src/quality/drift-figure.js';
import { sampleJob, workdir } from '../workdir.js';
import { madeDay, madePartition, madeSummary, madeTrend } from './made-run.js';
import { hostileSummary } from './page/hostile-summary.js';
import { schemaOfTypes } from './schema-of-types.js';

const path = 'docs/summary.schema.json';

function currentSchema() {
  const sources = ['summary', 'gate', 'drift-figure', '../chunk/row-counts'].map((name) =>
    readFileSync(`src/quality/${name}.ts`, 'utf8'),
  );
  sources.push(readFileSync('src/chunk/source-finding.ts', 'utf8'));
  const known = { DriftMeasure: { enum: [...driftMeasures] } };
  return schemaOfTypes('Summary', sources, known, {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Nightshift: _summary.json, version 1',
  });
}

const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(path, 'utf8')),
);

function assertValid(summary: unknown): void {
  assert.ok(
    validate(JSON.parse(JSON.stringify(summary))),
    JSON.stringify(validate.errors?.slice(0, 5), null, 1),
  );
}

test('docs/summary.schema.json is what the types say', () => {
  const now = `${JSON.stringify(currentSchema(), null, 2)}\n`;
  if (process.env['NIGHTSHIFT_UPDATE_DOCS'] === '1') writeFileSync(path, now);
  else assert.equal(readFileSync(path, 'utf8'), now, 'run this test with NIGHTSHIFT_UPDATE_DOCS=1');
});

test('summaries of good, moved, hostile and failed runs are as the schema says', () => {
  assertValid(madeSummary([madePartition('2013-01-04', madeDay(500, 2))]));
  assertValid(
    madeSummary([madePartition('2013-01-04', madeDay(4000, 3, { later: 20, dry: 0.06 }))], {
      before: madeTrend(12),
    }),
  );
  assertValid(hostileSummary());
  assertValid(
    madeSummary([madePartition('2013-01-04', null)], { exitCode: 2, reason: 'csv', baseline: null }),
  );
});

test('what a run writes is as the schema says, and names it by kind and version', () => {
  const dir = workdir();
  dir.write('job.yaml', sampleJob('flight-delay', [[/path: .*date=.*/, `path: ${dir.path}/out`]]));
  assert.equal(dir.call(['run', 'job.yaml', '--date', '2013-01-04', '--quiet']).code, 0);
  const summary = JSON.parse(dir.read('out/_summary.json'));
  assertValid(summary);
  assert.equal(summary.kind, 'nightshift-summary');
  assert.equal(summary.schema_version, 1);
});

test('the schema refuses an undeclared name, a missing one and a figure of another kind', () => {
  const summary = madeSummary([madePartition('2013-01-04', madeDay(500, 2))]);
  const { verdict: _, ...without } = summary;
  assert.equal(validate(without), false);
  assert.equal(validate({ ...summary, verdikt: summary.verdict }), false);
  assert.equal(validate({ ...summary, duration_ms: 'long' }), false);
});
