import { withoutHidden } from '../telemetry/secrets.js';

/** Writes what a command found out to stdout, without values that were given under a secret's name. */
export function print(text: string): void {
  process.stdout.write(withoutHidden(text));
}
