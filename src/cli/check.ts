import type { InputRow } from '../features/explain-mapping.js';
import { loadJob } from '../job/load-job.js';
import type { CheckFinding } from '../run/check-job.js';
import type { CommandFile } from './command.js';
import { jobOptions, withJob } from './job-options.js';
import { table } from './table.js';

/** `nightshift check JOB`. */
export const check = {
  name: 'check',
  summary: 'preflight in seconds: model against columns, headers, memory, disk; writes nothing',
  describe: (command) =>
    withJob(command)
      .option('--json', 'as JSON', false)
      .addHelpText(
        'after',
        '\nCost: the model is tried on made-up rows, each input’s header or footer is read.',
      ),
  async run(args, options) {
    const job = await loadJob(args[0]!, jobOptions(options));
    const { checkJob } = await import('../run/check-job.js');
    const { plan, mapping, findings, inputBytes } = await checkJob(job);
    const failed = findings.some(({ level }) => level === 'error');
    if (options['json'] === true) {
      const partitions = plan.inputs.map(({ partition, path, bytes }) => ({ partition, path, bytes }));
      process.stdout.write(
        `${JSON.stringify({ job: job.name, ok: !failed, partitions, ...mapping, findings })}\n`,
      );
      return failed ? 2 : 0;
    }
    const lines = [
      `${job.name}: ${plan.inputs.length} partitions, ${(inputBytes / 1e6).toFixed(1)} MB, model ${plan.description.path}`,
      '',
      ...table(
        ['input', 'column', 'type', 'cast', 'policy'],
        mapping.inputs.map((row) => [inputName(row), row.column, row.type, row.cast, row.policy]),
      ),
      '',
      ...table(
        ['output', 'column', 'type', 'taken', 'policy'],
        mapping.outputs.map((row) => [row.output, row.column, row.type, row.taken, row.policy]),
      ),
      '',
      ...findings.map(tell),
      failed ? 'this job would fail' : 'ready to run',
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    return failed ? 2 : 0;
  },
} satisfies CommandFile;

function inputName({ input, place }: InputRow): string {
  return place === null ? input : `${input}[${place}]`;
}

function tell({ level, about, message, hint }: CheckFinding): string {
  const prefix = message.startsWith(about) ? '' : `${about}: `;
  return `${level}: ${prefix}${message}${hint === null ? '' : `\n  ${hint}`}`;
}
