import { healthOf } from './feature-health.js';
import type { Rule } from './rule.js';

/** Notes how the model's columns fare as they came, so that one that disappeared is known by name; finds no problem of a row. */
export const watchFeatures = {
  name: 'watch-features',
  codes: [],
  compile(plan) {
    if (plan.features.length === 0) return null;
    const absent = new Set(plan.absent);
    return (work) => {
      let dead = 0;
      if (work.dead !== null) for (const byte of work.dead) dead += byte;
      for (const name of plan.features) {
        const column = work.columns.get(name);
        if (column !== undefined) work.health.push(healthOf(name, column, work.rows, dead));
        else if (absent.has(name)) {
          const rows = work.rows - dead;
          work.health.push({ column: name, rows, missing: rows, absent: true, constant: true, value: null });
        }
      }
    };
  },
} satisfies Rule;
