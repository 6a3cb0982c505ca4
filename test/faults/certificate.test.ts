import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { scenarios } from './certificate/scenarios.js';
import { faultsOf, type Recorded, record, tryRecorded, tryScenario } from './certificate/try-scenario.js';

/** A few of the scenarios that `make certificate` tries whole. */
const some = [
  ['parquet', 'gates held'],
  ['csv', 'replaced input'],
  ['arrow', 'shards, then finish'],
  ['csv', 'two runs at once'],
  ['parquet', 'killed in the commit of a group, one staged file lost, then run'],
] as const;
const find = ([format, name]: readonly [string, string]) =>
  scenarios.find((one) => one.format === format && one.name === name)!;

/** The recorded scenario that several tests use. */
let replaced: Promise<Recorded> | null = null;
function replacedInput(): Promise<Recorded> {
  replaced ??= record(find(['csv', 'replaced input']));
  return replaced;
}
after(async () => (await replaced)?.dir.remove());

describe('a power cut at any instant', { concurrency: true }, () => {
  for (const one of some)
    it(`leaves nothing wrong published, and calling again makes it whole: ${one.join(', ')}`, async (t) => {
      const { events, judged, states, faults } =
        one[1] === 'replaced input'
          ? await tryRecorded(await replacedInput(), 15, 1)
          : await tryScenario(find(one), 15, 1);
      assert.deepEqual(faults, []);
      assert.ok(events > 50 && judged > 100 && states >= 15, `${events} events, ${judged} states`);
      t.diagnostic(`${events} events, ${judged} states judged, called again on ${states}`);
    });

  it('would be found out without the syncs', async () => {
    const recorded = await replacedInput();
    const { events } = recorded;
    const without = (isDropped: (path: string) => boolean) =>
      faultsOf(
        recorded,
        events.filter(({ op, path }) => op !== 'sync' || !isDropped(path)),
      );
    assert.match(without((path) => path.includes('/staging/')).join('\n'), /is neither the old nor the new/);
    assert.match(without((path) => path.endsWith('/disk/out')).join('\n'), /_SUCCESS stands beside/);
    assert.ok(without(() => true).includes('what is durable in the end is not the whole set'));
  });

  it('costs ten syncs for a partition, and four for each further one that is committed with it', async () => {
    const syncsOf = ({ events }: Recorded) => {
      const synced = events.filter(({ op }) => op === 'sync').map(({ path }) => path);
      const first = synced.findIndex((path) => path.includes('/staging'));
      return synced.findLastIndex((path) => path.includes('/partitions')) - first + 1;
    };
    const both = await record(find(['csv', 'force']));
    both.dir.remove();
    assert.equal(syncsOf(await replacedInput()), 10);
    assert.equal(syncsOf(both), 14);
  });
});
