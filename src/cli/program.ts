import { Command, CommanderError, type Option } from 'commander';
import { InvalidError, TransientError } from '../errors.js';
import { endNow } from '../process/end-now.js';
import { keepCode } from '../process/kept-code.js';
import { onStopSignal } from '../process/signals.js';
import { guardStreams, outputClosed, outputLoss } from '../process/standard-streams.js';
import { exitCodes } from '../reasons.js';
import { programVersion } from '../run/records/program-version.js';
import { commands } from './commands.js';
import { exitOf, exitText } from './exit.js';
import { print } from './print.js';
import { reporting } from './reporting.js';
import { stderrFormIn } from './stderr-form.js';

/** Runs the command and returns the exit code: a command without its output is not a success (5). */
export async function main(argv: readonly string[]): Promise<number> {
  guardStreams();
  const code = await call(argv);
  // The command has ended, and said so: from here a signal only ends the process sooner.
  onStopSignal(() => endNow(code));
  const loss = await outputLoss();
  if (outputClosed() && reporting.has(argv[2] ?? '')) await sayUnread(argv, code);
  const error = code === 0 ? loss : null;
  if (error === null) return code;
  const hint = 'free space where standard output is written, then run again';
  const lost = exitOf(
    new TransientError('output-lost', `standard output could not be written (${error})`, { hint }),
  );
  process.stderr.write(exitText(lost));
  return lost.code;
}

/** Says that the last line, from which a scheduler reads the end of a run, found no reader. */
async function sayUnread(argv: readonly string[], code: number): Promise<void> {
  const msg = `the last line was not read, because the reader of standard output closed it; the command ended with ${code}`;
  if (stderrFormIn(argv) === 'text') process.stderr.write(`nightshift: ${msg}\n`);
  else (await import('../telemetry/log.js')).openLog('warn').warn(msg, { exit_code: code });
}

/** Parses the command line and runs the command; the only code that turns an error into an exit code. */
async function call(argv: readonly string[]): Promise<number> {
  let code = 0;
  try {
    const program = await programFor(argv, (result) => {
      code = result;
    });
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    const exit = exitOf(error, calledIn(argv) ?? null);
    const isReport = reporting.has(argv[2] ?? '');
    if (exit.code !== 0 && isReport && stderrFormIn(argv) === 'json') {
      const { printFailure } = await import('./print-end.js');
      await printFailure(exit, 'json');
    } else if (!isPrinted(error)) process.stderr.write(exitText(exit));
    if (exit.code !== 0 && isReport) {
      const { failedReport } = await import('./last-line.js');
      const call = { name: '', runId: '', date: null, variables: {}, job: null, output: null };
      print(`${JSON.stringify(failedReport(call, exit))}\n`);
    } else if (exit.code !== 0 && argv.includes('--json') && argv[2] !== 'check') {
      const { code: exit_code, reason, message, hint } = exit;
      print(`${JSON.stringify({ exit_code, reason, error: { message, hint } })}\n`);
    }
    return exit.code;
  }
}

/** Returns true for help and version, which Commander has already printed. */
function isPrinted(error: unknown): boolean {
  return error instanceof CommanderError && /^commander\.(?:help|version)/.test(error.code);
}

/** Returns the name of the command that is called; undefined if there is none of that name. */
function calledIn(argv: readonly string[]): string | undefined {
  const called = argv.slice(2).find((word) => !word.startsWith('-'));
  return commands.find(({ name }) => name === called)?.name;
}

/** Loads only the command that is called, so that `--help` and each command start fast. */
async function programFor(argv: readonly string[], done: (code: number) => void): Promise<Command> {
  const program = new Command('nightshift')
    .description('unattended batch scoring: streams files through an ONNX model and accounts for every row')
    .version(programVersion())
    .exitOverride()
    .configureOutput({ outputError() {} })
    .addHelpText('after', exitCodeText);
  const wanted = calledIn(argv);
  for (const { name, load } of commands) {
    if (wanted !== undefined && name !== wanted) continue;
    const file = await load();
    const command = program.command(name).summary(file.summary).exitOverride();
    const described = file.describe(command);
    const repeated = repeatedOptions(described);
    described
      .allowExcessArguments()
      .option('--no-cache', 'do not read or write the cache of this user (docs/cache.md)')
      .action(async (...all: unknown[]) => {
        const options = all.at(-2) as Record<string, unknown>;
        const args = all.slice(0, -2).flat() as string[];
        refuseEmpty(command, args, options);
        refuseRepeated(repeated(), options);
        refuseExtra(command);
        done(await file.run(args, options));
        keepCode();
      });
  }
  return program;
}

/** An empty path would be the working folder: it comes of a variable of the shell that is not set. */
function refuseEmpty(command: Command, args: readonly string[], options: Record<string, unknown>): void {
  const given = command.options.find((one) => {
    const name = one.attributeName();
    return command.getOptionValueSource(name) === 'cli' && [options[name]].flat().includes('');
  });
  const at = args.indexOf('');
  if (at === -1 && (given === undefined || given.long === '--positive')) return;
  const name = at === -1 ? given!.long : `<${command.registeredArguments[at]!.name()}>`;
  throw new InvalidError('usage', `"${name}" is empty`, {
    hint: 'give a value, or leave it out: a variable of the shell may be unset',
  });
}

/** Returns the options with a value that are given more than once, when the command line has been parsed. */
function repeatedOptions(command: Command): () => readonly Option[] {
  const given = new Map<Option, number>();
  for (const option of command.options)
    command.on(`option:${option.name()}`, () => given.set(option, (given.get(option) ?? 0) + 1));
  return () =>
    command.options.filter((one) => !one.isBoolean() && !one.variadic && (given.get(one) ?? 0) > 1);
}

/** All but the last value would be ignored without a word, unless the option collects them. */
function refuseRepeated(repeated: readonly Option[], options: Record<string, unknown>): void {
  const single = repeated.find((one) => {
    const isCollected = Array.isArray(options[one.attributeName()]) || typeof one.defaultValue === 'object';
    return !isCollected;
  });
  if (single === undefined) return;
  throw new InvalidError('usage', `"${single.long}" is given more than once`, {
    hint: `it takes one value: leave out all but one "${single.long}"`,
  });
}

function refuseExtra({ args, registeredArguments }: Command): void {
  const extra = args[registeredArguments.length];
  if (extra === undefined) return;
  const takes = registeredArguments.map((one) => `<${one.name()}>`).join(' ');
  throw new InvalidError(
    'usage',
    `"${extra}" is one argument too many: ${takes === '' ? 'only options are' : `only ${takes} is`} taken`,
    {
      hint: extra.startsWith('-')
        ? 'an option stands before "--"'
        : 'put quotes around a name with blanks; several inputs are given as --input A --input B',
    },
  );
}

const exitCodeText = `
Exit codes (details in docs/errors.md):
${Object.entries(exitCodes)
  .map(([code, { means }]) => `  ${code.padEnd(5)}${means}`)
  .join('\n')}`;
