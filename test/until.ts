import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 30_000;

/** Waits for something in another process or thread; fails with `otherwise` after half a minute. */
export async function until(hasHappened: () => boolean, otherwise: string): Promise<void> {
  for (const end = performance.now() + patienceMs; !hasHappened(); await sleep(5))
    assert.ok(performance.now() < end, otherwise);
}
