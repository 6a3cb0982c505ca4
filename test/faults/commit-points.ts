/**
 * Every point between two steps of the commit protocol (docs/durability.md); `make test-slow` tries the quick
 * ones.
 */
export const points: readonly { readonly at: string; readonly held: boolean; readonly quick?: true }[] = [
  { at: 'planned', held: true },
  { at: 'staged', held: false },
  { at: 'intended', held: false, quick: true },
  { at: 'moved-0', held: false, quick: true },
  { at: 'moved-1', held: false },
  { at: 'synced', held: false },
  { at: 'recorded', held: false, quick: true },
  { at: 'forgotten', held: false },
  { at: 'held', held: true, quick: true },
  { at: 'released', held: true, quick: true },
  { at: 'moved-0', held: true },
  { at: 'recorded', held: true },
  { at: 'settled', held: true },
  { at: 'manifested', held: true },
];
