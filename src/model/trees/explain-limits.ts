/** Entries of the tables that explain a model, and bytes of what they hold: what is not used is never touched. */
export const explainLimits = { entries: 2 ** 24, bytes: 2 ** 26 } as const;

/** The most memory that these tables take in a worker. */
export const explainBytes = 4 * explainLimits.entries + explainLimits.bytes;
