import { InvalidError } from '../errors.js';
import { printable } from '../text/printable.js';
import { dataWithoutSecrets, withoutSecrets } from './secrets.js';

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Fields of one log line; plain data. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The log of a run; each call writes its line before it returns, so that a crash loses nothing. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log that writes nothing. */
const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Destination of log lines, such as `process.stderr`. */
interface LogTarget {
  write(line: string): unknown;
}

/** Opens a log of JSON lines (`level`, `time`, fields, `msg`) without secrets, by default on standard error. */
export function openLog(level: LogLevel, target: LogTarget = process.stderr): Log {
  if (level === 'silent') return silentLog;
  const at =
    (name: Exclude<LogLevel, 'silent'>) =>
    (message: string, fields: LogFields = {}) => {
      if (isBelow(name, level)) return;
      const own = dataWithoutSecrets(fields) as object;
      const line = { level: name, time: new Date().toISOString(), ...own, msg: withoutSecrets(message) };
      target.write(`${plainly(JSON.stringify(line))}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function isBelow(name: LogLevel, level: LogLevel): boolean {
  return logLevels.indexOf(name) < logLevels.indexOf(level);
}

/** Returns a log that adds `fields` to every line, before its own. */
export function withFields(log: Log, fields: LogFields): Log {
  const at = (name: keyof Log) => (message: string, own?: LogFields) =>
    log[name](message, { ...fields, ...own });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Opens a log of plain lines: the level unless it is `info`, the message, its fields; no secrets. */
export function openTextLog(level: LogLevel, target: LogTarget = process.stderr): Log {
  const at =
    (name: Exclude<LogLevel, 'silent'>) =>
    (message: string, fields: LogFields = {}) => {
      if (isBelow(name, level)) return;
      const { hint, ...rest } = dataWithoutSecrets(fields) as Record<string, unknown>;
      const fieldLines = Object.entries(rest).map(([key, value]) => `  ${key}=${String(value)}`);
      const advice = typeof hint === 'string' ? ` (${hint})` : '';
      const line = `${name === 'info' ? '' : `${name}: `}${withoutSecrets(message)}${advice}${fieldLines.join('')}`;
      target.write(`${printable(line)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Escapes what JSON leaves in a string and a terminal would interpret, such as marks that reverse text. */
function plainly(line: string): string {
  return line.replace(/[\p{Cf}\u007f-\u009f\u2028\u2029]/gu, (char) =>
    Array.from(
      { length: char.length },
      (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Returns the log level of the environment, by default `info`. Throws `InvalidError` for an unknown one. */
export function logLevelOf(environment: string | undefined): LogLevel {
  const word = (environment ?? '').toLowerCase() || 'info';
  const level = logLevels.find((known) => known === word);
  if (level !== undefined) return level;
  throw new InvalidError('log-level', `log level must be ${logLevels.join(', ')}, found "${word}"`, {
    hint: 'set NIGHTSHIFT_LOG to one of them',
  });
}
