import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scenarios } from './certificate/scenarios.js';
import { faultsOf, record, tryScenario } from './certificate/try-scenario.js';

/** A few of the scenarios that `make certificate` tries whole. */
const some = [
  ['parquet', 'gates held'],
  ['csv', 'replaced input'],
  ['arrow', 'shards, then finish'],
  ['csv', 'two runs at once'],
] as const;
const find = ([format, name]: readonly [string, string]) =>
  scenarios.find((one) => one.format === format && one.name === name)!;

// Calls on what a cut left mostly wait, until the owner of a torn lock is dead for sure.
describe('a power cut at any instant', { concurrency: true }, () => {
  for (const one of some)
    it(`leaves nothing wrong published, and calling again makes it whole: ${one.join(', ')}`, async (t) => {
      const { events, judged, states, faults } = await tryScenario(find(one), 15, 1);
      assert.deepEqual(faults, []);
      assert.ok(events > 50 && judged > 100 && states >= 15, `${events} events, ${judged} states`);
      t.diagnostic(`${events} events, ${judged} states judged, called again on ${states}`);
    });

  it('would be found out without the syncs', async () => {
    const recorded = await record(find(['csv', 'replaced input']));
    const { events, dir } = recorded;
    assert.deepEqual(faultsOf(recorded), []);
    const without = (isDropped: (path: string) => boolean) =>
      faultsOf(
        recorded,
        events.filter(({ op, path }) => op !== 'sync' || !isDropped(path)),
      );
    assert.match(without((path) => path.includes('/staging/')).join('\n'), /is neither the old nor the new/);
    assert.match(without((path) => path.endsWith('/disk/out')).join('\n'), /_SUCCESS stands beside/);
    assert.ok(without(() => true).includes('what is durable in the end is not the whole set'));
    dir.remove();
  });

  it('costs ten syncs for a partition', async () => {
    const syncsOf = async (name: string) => {
      const { events, dir } = await record(find(['csv', name]));
      dir.remove();
      return events.filter(({ op }) => op === 'sync').length;
    };
    // The one scores both partitions again, the other one of them.
    assert.equal((await syncsOf('force')) - (await syncsOf('replaced input')), 10);
  });
});
