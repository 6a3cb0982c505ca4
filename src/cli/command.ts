import type { Command } from 'commander';

/** One command per file: its name, description and cost, its own arguments, and the function that runs it. */
export interface CommandFile {
  readonly name: string;
  /** One line for `nightshift --help`. */
  readonly summary: string;
  /** Adds arguments, options and the text that states the cost. */
  describe(command: Command): Command;
  /** Runs the command and returns the exit code; throws errors. `args` are the positional arguments. */
  run(args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<number>;
}
