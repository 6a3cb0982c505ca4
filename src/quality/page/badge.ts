import type { Finding, Summary } from '../summary.js';
import { type Html, html } from './html.js';

/** Names of levels. */
export const levelWords = { good: 'Good', check: 'Check', bad: 'Bad', note: 'Note' } as const;

/** Meaning of a verdict for users of the scores. */
export const verdictWords = {
  good: 'Good to use',
  check: 'Check before you use it',
  bad: 'Do not use as is',
} as const;

/** Returns a level as a small coloured word. */
export function levelTag(level: Finding['level'] | 'good', word: string = levelWords[level]): Html {
  return html`<span class="tag ${level === 'note' ? 'plain' : level}">${word}</span>`;
}

const strokes = {
  good: 'M14 25l7 7 14-16',
  check: 'M24 13v14m0 7v.5',
  bad: 'M16 16l16 16m0-16L16 32',
} as const;

/** Returns a level as a sign: a tick, an exclamation mark or a cross, so that nothing depends on colour. */
export function levelSign(level: Summary['verdict']['level']): Html {
  return html`<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="24" cy="24" r="21" stroke-width="3"/><path d="${strokes[level]}"/></svg>`;
}
