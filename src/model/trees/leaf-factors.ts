import type { GroupLeaves } from './group-leaves.js';
import { gaussRule } from './tree-path.js';

/** Returns how many bytes `writeLeafFactors` takes for the leaves of a group. */
export function leafFactorBytes({ starts }: GroupLeaves): number {
  let bytes = 0;
  for (let leaf = 0; leaf + 1 < starts.length; leaf++) {
    const terms = starts[leaf + 1]! - starts[leaf]!;
    bytes += 16 + ((terms * 8 + 15) & ~15) + pairsOf(terms) * (16 + 64 * terms);
  }
  return bytes;
}

/**
 * Writes what `fillEntries` reads of a group's leaves to the address `at`, a multiple of 16. With t a point of the integral, its weight w and
 * the share z of a term (see `addLeaf`): w times the leaf's value; the factors (1 - t) z where a row fails the term, (1 - t) z + t where it
 * passes; and for the term's own feature -z and 1 - z by these. Points stand in pairs; one without a partner has another of weight 0.
 */
export function writeLeafFactors(
  { values, starts, slots, masks, wants, shares }: GroupLeaves,
  buffer: ArrayBuffer,
  at: number,
): void {
  const [words, halves] = [new Uint32Array(buffer), new Uint16Array(buffer)];
  const doubles = new Float64Array(buffer);
  for (let leaf = 0; leaf < values.length; leaf++) {
    const [start, end] = [starts[leaf]!, starts[leaf + 1]!];
    const terms = end - start;
    const { points, weights } = gaussRule((terms + 1) >> 1);
    words[at >> 2] = terms;
    words[(at >> 2) + 1] = pairsOf(terms);
    at += 16;
    for (let i = start; i < end; i++) {
      const test = at + 8 * (i - start);
      halves[test >> 1] = masks[i]!;
      halves[(test >> 1) + 1] = wants[i]!;
      words[(test >> 2) + 1] = 8 * slots[i]!;
    }
    at += (terms * 8 + 15) & ~15;
    for (let pair = 0; pair < pairsOf(terms); pair++) {
      for (let lane = 0; lane < 2; lane++) {
        const q = 2 * pair + lane;
        const t = points[q] ?? 0.5;
        doubles[(at >> 3) + lane] = values[leaf]! * (weights[q] ?? 0);
        for (let i = start, to = (at >> 3) + 2 + lane; i < end; i++, to += 8) {
          const z = shares[i]!;
          const fails = (1 - t) * z;
          const passes = fails + t;
          doubles[to] = fails;
          doubles[to + 2] = passes;
          doubles[to + 4] = -z / fails;
          doubles[to + 6] = (1 - z) / passes;
        }
      }
      at += 16 + 64 * terms;
    }
  }
}

function pairsOf(terms: number): number {
  return (((terms + 1) >> 1) + 1) >> 1;
}
