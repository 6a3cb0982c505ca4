import { closestWord } from './closest.js';
import { formatDate, isDate } from './date-layout.js';
import { showValue } from './show.js';

/** Values of `${...}` by name; has `date` if it was given, and `job` if the job has a name. */
export type Variables = ReadonlyMap<string, string>;

/** A variable that is used but not set, as the parts of a mistake. */
interface UnsetVariable {
  readonly message: string;
  readonly hint: string;
}

/**
 * Replaces each `${name}` in `text`, and `${date:layout}` by the date in that layout; returns the variables
 * that cannot be replaced (left as they are). `$${` is a literal `${`. Does not read the environment, which
 * may hold secrets: records and messages show the job's texts.
 */
export function replaceVariables(
  text: string,
  variables: Variables,
): { readonly text: string; readonly unset: readonly UnsetVariable[] } {
  const unset: UnsetVariable[] = [];
  const replaced = text.replace(reference, (whole, escaped: string, name: string) => {
    if (escaped !== '') return whole.slice(1);
    const value = referredValue(name, variables);
    if (typeof value === 'string') return value;
    if (value !== null) unset.push(value);
    return whole;
  });
  const [open] = /\$\{[^{}]*$/.exec(text.replaceAll(reference, '')) ?? [];
  if (open !== undefined)
    unset.push({
      message: `variable "${open}" has no end`,
      hint: `close it with "}", or write $\${ for the text`,
    });
  return { text: replaced, unset };
}

/** In a series: stands for the value of a variable. */
export const anyValue = '\x00';
/** In a series: stands for the value of `${date}`. */
export const dateValue = '\x01';

/**
 * Returns a path with `${job}` replaced and marks in place of all other variables, whose values make a series
 * of paths; null if it has none.
 */
export function seriesOf(path: string, variables: Variables): string | null {
  let isSeries = false;
  const series = path.replace(reference, (whole, escaped: string, name: string) => {
    if (escaped !== '') return whole.slice(1);
    if (name === 'job') return variables.get('job') ?? whole;
    isSeries = true;
    if (name === 'date') return dateValue;
    return name
      .split('/')
      .map(() => anyValue)
      .join('/');
  });
  return isSeries ? series : null;
}

const reference = /\$(\$?)\{([^{}]*)\}/g;

/** Returns the value for the text between `${` and `}`; null if `--date` itself is wrong. */
function referredValue(name: string, variables: Variables): string | UnsetVariable | null {
  const [, layout] = /^date:(.*)$/s.exec(name) ?? [];
  const value = variables.get(layout === undefined ? name : 'date');
  if (value === undefined)
    return { message: `variable "\${${name}}" is not set`, hint: hintFor(name, variables) };
  if (layout === undefined) return value;
  if (!isDate(value)) return null;
  const written = formatDate(value, layout);
  return typeof written === 'string'
    ? written
    : { message: `variable "\${${name}}" ${written.message}`, hint: written.hint };
}

function hintFor(name: string, variables: Variables): string {
  if (name === 'date' || name.startsWith('date:'))
    return 'give it with --date 2013-01-04, or --date yesterday';
  if (name === 'job') return 'give the job a name without a variable';
  if (/^env[.:]/i.test(name))
    return 'environment variables are not read; give the value with --set name=value';
  if (/^\w+:/.test(name)) return `only the date takes a layout: \${date:yyyy/MM/dd}`;
  if (!variableName.test(name)) return 'a variable is letters, digits and "_"';
  const close = closestWord(name, [...variables.keys()]);
  return close === null ? `give it with --set ${name}=value` : `did you mean \${${close}}?`;
}

const variableName = /^[A-Za-z_]\w*$/;

/** Returns the names of the variables in `text`. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(reference)].flatMap(([, escaped, name]) =>
    escaped === '' ? [name!.startsWith('date:') ? 'date' : name!] : [],
  );
}

/** Explains a `--set name=value` whose `${name}` occurs nowhere, as the parts of a mistake. */
export function unusedVariable(name: string, used: ReadonlySet<string>): UnsetVariable {
  const names = [...used].sort();
  const close = closestWord(name, names);
  const all = names.map((one) => `"${one}"`);
  const list = all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
  return {
    message: `variable "${name}" is not used by the job file`,
    hint: close !== null ? `did you mean "${close}"?` : `it uses ${list === '' ? 'none' : list}`,
  };
}

/** Returns why `--set name=value` is refused, or null if it is accepted. */
export function refusedVariable(name: string, value: string): string | null {
  if (!variableName.test(name)) return `variable ${showValue(name)} must be letters, digits and "_"`;
  if (name === 'date') return 'variable "date" is set with --date';
  if (name === 'job') return 'variable "job" is the job’s own name';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return /[\u0000-\u001f\u007f]/.test(value) ? `variable "${name}" contains control characters` : null;
}

/** Returns the variable of an output path whose value would leave its folder, as the parts of a mistake. */
export function leavesFolder(
  text: string,
  variables: Variables,
): { readonly message: string; readonly hint: string } | null {
  for (const [, escaped, name] of text.matchAll(reference)) {
    const value = escaped === '' ? referredValue(name!, variables) : null;
    if (typeof value !== 'string' || !value.split(/[/\\]/).includes('..')) continue;
    return {
      message: `variable "${name}" would leave the output folder, found ${showValue(value)}`,
      hint: 'a value in "output.path" must not contain ".."',
    };
  }
  return null;
}
