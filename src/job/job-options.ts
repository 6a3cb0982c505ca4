/** Command-line options that override the job file; relative paths start at the working folder. */
export interface JobOptions {
  readonly date?: string;
  /** `--set name=value`, once for each name. */
  readonly set?: Readonly<Record<string, string>>;
  /** In place of `input.path`. */
  readonly input?: readonly string[];
  readonly output?: string;
  /** True for a command that reads standard input and writes standard output where the job says `-`. */
  readonly pipes?: boolean;
  /** `auto` or a whole number, in place of `run.workers`. */
  readonly workers?: string | number;
  /** `auto` or a size, in place of `run.memory`. */
  readonly memory?: string | number;
}
