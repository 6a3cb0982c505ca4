import { InvalidError } from '../errors.js';
import { dialectOverrides } from './csv/dialect.js';

const keys = [
  'delimiter',
  'quote',
  'escape',
  'line_end',
  'encoding',
  'header',
  'skip_lines',
  'comment',
  'tables',
  'max_row_bytes',
  'max_field_bytes',
];

/**
 * Converts `--dialect key=value,...` to the form of the job file's `input.csv`; a comma belongs to a value
 * unless a key follows it, so `delimiter=,,quote='` works. Throws `InvalidError` for an unknown key or an
 * invalid value.
 */
export function parseDialectOption(text: string): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  const parts = text.split(new RegExp(`,(?=(?:${keys.join('|')}|[a-z_]+)=)`));
  for (const part of parts) {
    const at = part.indexOf('=');
    const key = part.slice(0, at);
    if (at < 1 || !keys.includes(key)) {
      throw new InvalidError('dialect-option', `"--dialect" must be ${keys.join('=, ')}=, found ${part}`, {
        hint: 'write key=value pairs with commas between them',
      });
    }
    options[key] = part.slice(at + 1);
  }
  dialectOverrides(options);
  return options;
}
