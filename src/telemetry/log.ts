import { InvalidError } from '../errors.js';
import { dataWithoutSecrets, withoutSecrets } from './secrets.js';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Fields of one log line; plain data. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a run says what it does; a line is written when the call returns, so that nothing is lost in a crash. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Where log lines go; `process.stderr` is one. */
export interface LogTarget {
  write(line: string): unknown;
}

/**
 * A log of JSON lines (`time`, `level`, `msg` and the fields), secrets blanked. `target` is standard error when left out. pino is loaded on the
 * first call.
 */
export async function openLog(level: LogLevel, target?: LogTarget): Promise<Log> {
  if (level === 'silent') return silentLog;
  const { default: pino } = await import('pino');
  const destination = target ?? process.stderr;
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => destination.write(plainly(line)) },
  );
  const at = (name: Exclude<LogLevel, 'silent'>) => (message: string, fields?: LogFields) => {
    if (log.isLevelEnabled(name))
      log[name](dataWithoutSecrets(fields ?? {}) as object, withoutSecrets(message));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A log whose every line has `fields` before its own. */
export function withFields(log: Log, fields: LogFields): Log {
  const at = (name: keyof Log) => (message: string, own?: LogFields) =>
    log[name](message, { ...fields, ...own });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A log of plain lines for people where there is no terminal: the level where it is no `info`, the message, its fields; secrets blanked. */
export function openTextLog(level: LogLevel, target: LogTarget = process.stderr): Log {
  const at =
    (name: Exclude<LogLevel, 'silent'>) =>
    (message: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(name) < logLevels.indexOf(level)) return;
      const { hint, ...rest } = dataWithoutSecrets(fields) as Record<string, unknown>;
      const told = Object.entries(rest).map(([key, value]) => `  ${key}=${String(value)}`);
      const advice = typeof hint === 'string' ? ` (${hint})` : '';
      const line = `${name === 'info' ? '' : `${name}: `}${withoutSecrets(message)}${advice}${told.join('')}`;
      target.write(`${printable(line)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Texts from files can neither move the cursor nor turn text around. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** A line of JSON whose strings cannot turn a terminal's text around: what JSON lets stand is escaped too. */
function plainly(line: string): string {
  return line.replace(/[\p{Cf}\u007f-\u009f\u2028\u2029]/gu, (char) =>
    Array.from(
      { length: char.length },
      (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** The level that a flag or the environment names; `info` when neither does. Throws `InvalidError` for a word that is none. */
export function logLevelOf(flag: string | undefined, environment: string | undefined): LogLevel {
  const word = (flag ?? environment ?? '').toLowerCase() || 'info';
  const level = logLevels.find((known) => known === word);
  if (level !== undefined) return level;
  throw new InvalidError('log-level', `log level must be ${logLevels.join(', ')}, found "${word}"`, {
    hint: 'set --log-level or NIGHTSHIFT_LOG to one of them',
  });
}
