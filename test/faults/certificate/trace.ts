/**
 * One change of the file system as it was recorded. Times are nanoseconds of the machine's steady clock,
 * comparable between processes; they enclose the call: a sync makes durable what had ended before it began.
 */
export type Event = { readonly begun: number; readonly ended: number } & (
  | { readonly op: 'create' | 'truncate' | 'mkdir' | 'unlink' | 'rmdir' | 'sync'; readonly path: string }
  | { readonly op: 'write'; readonly path: string; readonly at: number; readonly data: string }
  | { readonly op: 'rename'; readonly path: string; readonly to: string }
);

/** The events in `text`, one JSON object a line, in the order in which they ended. */
export function parseTrace(text: string): Event[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Event).sort((a, b) => a.ended - b.ended);
}
