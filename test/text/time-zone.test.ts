import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantOffset, localClock } from '../../src/text/time-zone.js';
import fc from '../seeded.js';

const zones = [
  'America/New_York',
  'America/St_Johns',
  'Europe/Amsterdam',
  'Europe/London',
  'Africa/Casablanca',
  'Africa/Freetown',
  'Asia/Gaza',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Antarctica/Troll',
  'UTC',
] as const;

test('a local clock reads at each instant what the zone says of it, also within a day of change and where days share a place', () => {
  const clocks = new Map(zones.map((zone) => [zone, localClock(zone)]));
  const dayMillis = 86_400_000;
  // Half of the instants are 4,096 days from another: they share its place among the days that are kept.
  const instant = fc.oneof(
    fc.integer({ min: -2_500_000_000, max: 5_000_000_000 }).map((seconds) => seconds * 1000),
    fc
      .tuple(fc.integer({ min: -4, max: 8 }), fc.integer({ min: 0, max: 4 * dayMillis }))
      .map(([far, millis]) => Date.UTC(2013, 2, 9) + far * 4096 * dayMillis + millis),
  );
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.array(instant, { maxLength: 30 }), (zone, instants) => {
      const times = Float64Array.from(instants, (millis) => millis * 1000);
      const out = new Float64Array(times.length);
      clocks.get(zone)!(times, out);
      for (const [i, millis] of instants.entries())
        assert.equal(out[i], times[i]! + Math.round(instantOffset(millis, zone) * 60) * 1_000_000, zone);
    }),
  );
});

test('a local clock reads nothing where there is no instant, and goes on', () => {
  const times = Float64Array.of(Number.NaN, 0, 1e300, Number.NEGATIVE_INFINITY, 1_000_000);
  const out = new Float64Array(times.length);
  localClock('Asia/Kolkata')(times, out);
  assert.deepEqual([...out], [Number.NaN, 19_800_000_000, Number.NaN, Number.NaN, 19_801_000_000]);
});
