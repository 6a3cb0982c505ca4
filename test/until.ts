import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 30_000;

/** Waits for something that another process or thread does; fails with `otherwise` if it has not happened after half a minute. */
export async function until(hasHappened: () => boolean, otherwise: string): Promise<void> {
  for (const end = performance.now() + patienceMs; !hasHappened(); await sleep(5))
    assert.ok(performance.now() < end, otherwise);
}
