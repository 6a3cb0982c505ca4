import { writeOutput } from '../process/standard-streams.js';
import { jsonPieces } from '../storage/json-pieces.js';
import { withoutHidden } from '../telemetry/secrets.js';

/** Writes what a command found out to stdout, without values that were given under a secret's name. */
export function print(text: string): void {
  process.stdout.write(withoutHidden(text));
}

/** Prints a value as a line of JSON, in pieces: the list of 100,000 partitions takes tens of megabytes. */
export async function printJson(value: object): Promise<void> {
  for (const piece of jsonPieces(value, '\n')) await writeOutput(withoutHidden(piece));
}
