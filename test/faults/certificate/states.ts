import { random } from '../random.js';
import { type Disk, digestOf } from './disk.js';
import type { PowerCut } from './power-cut.js';

/** One state of the disk that a power cut may leave. */
export interface State {
  /** After which event the power was cut, and which of the changes that no sync covers are there. */
  readonly label: string;
  readonly disk: Disk;
}

/**
 * Every different state of these kinds, after each of the first `events` events: of the open changes none,
 * all, each alone, all but each; each open write torn in two ways; and some random subsets.
 */
export function* statesOf(cut: PowerCut, events: number): Generator<State> {
  const next = random(20130104);
  const seen = new Set<string>();
  for (let after = 0; after <= events; after++) {
    const open = cut.open(after);
    const states: [string, (index: number) => boolean, Parameters<PowerCut['disk']>[2]?][] = [
      ['none of the open changes', () => false],
      ['all open changes', () => true],
    ];
    for (const { index, isWrite } of open) {
      states.push([`only ${index}`, (one) => one === index], [`all but ${index}`, (one) => one !== index]);
      if (isWrite)
        for (const how of ['half', 'zeros'] as const)
          states.push([`${index} torn (${how})`, () => true, { index, how }]);
    }
    for (let i = 0; i < Math.min(4, open.length); i++) {
      const kept = new Set(open.filter(() => next() < 0.5).map(({ index }) => index));
      states.push([`only ${[...kept].join(', ')}`, (one) => kept.has(one)]);
    }
    for (const [label, isKept, torn] of states) {
      const disk = cut.disk(after, isKept, torn ?? null);
      const digest = digestOf(disk);
      if (seen.has(digest)) continue;
      seen.add(digest);
      yield { label: `after event ${after}, ${label}`, disk };
    }
  }
}
