/** Commands whose last line on stdout is a report, even if their command line is wrong. */
export const reporting: ReadonlySet<string> = new Set(['run', 'retry', 'finish']);
