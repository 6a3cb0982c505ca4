import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument } from 'commander';
import type { CommandFile } from './command.js';

/** `nightshift schema`. */
export const schema = {
  name: 'schema',
  summary: 'the JSON Schema of job files, for editors; or of _summary.json',
  describe: (command) =>
    command
      .addArgument(new Argument('[what]', 'which schema').choices(['job', 'summary']).default('job'))
      .addHelpText('after', '\nCost: none; reads nothing but the program.'),
  async run([what]) {
    if (what === 'summary') {
      process.stdout.write(readFileSync(new URL(import.meta.resolve('nightshift/summary.schema.json'))));
      return 0;
    }
    const { jobJsonSchema } = await import('../job/json-schema.js');
    process.stdout.write(`${JSON.stringify(jobJsonSchema(), null, 2)}\n`);
    return 0;
  },
} satisfies CommandFile;

/**
 * Returns the first line of a job file at `path`, with which editors that use the YAML language server check
 * and complete it.
 */
export function schemaComment(path: string): string {
  const schemaFile = fileURLToPath(import.meta.resolve('nightshift/job.schema.json'));
  const there = relative(dirname(resolve(path)), schemaFile)
    .split('\\')
    .join('/');
  return `# yaml-language-server: $schema=${/^\.\.?\//.test(there) ? there : `./${there}`}`;
}
