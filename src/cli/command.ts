import type { Command } from 'commander';

/** One command, one file: its name, what it does and what it costs, its own arguments, and what it runs to an exit code. */
export interface CommandFile {
  readonly name: string;
  /** One line for `nightshift --help`. */
  readonly summary: string;
  /** Adds arguments, options and the text that states the cost. */
  describe(command: Command): Command;
  /** Runs to an exit code; throws what went wrong. `args` are the positional ones. */
  run(args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<number>;
}
