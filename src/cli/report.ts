import { resolve } from 'node:path';
import type { CommandFile } from './command.js';
import { localPath, pathOrS3 } from './local-path.js';
import { print } from './print.js';
import { stopSignal } from './stop-signal.js';
import { hanging, isColoured, screenWidth } from './table.js';

/** `nightshift report PATH`. */
export const report = {
  name: 'report',
  summary: 'rebuild a run’s page from its summary; for a folder of runs, an index with trends',
  describe: (command) =>
    command
      .argument('<path>', 'a run folder, its _summary.json, or a folder of run folders, also in S3', pathOrS3)
      .option(
        '-o, --output <file>',
        'where to write it; by default next to the summary, or index.html in the folder',
        localPath,
      )
      .option('--json', 'as JSON', false)
      .addHelpText('after', '\nCost: reads summaries only, each at most 8 MB; neither inputs nor model.'),
  async run(args, options) {
    const { reportRuns } = await import('../run/finish/report-runs.js');
    const output = options['output'] as string | undefined;
    const stop = stopSignal();
    const { page, runs, summary } = await reportRuns(
      args[0]!,
      output === undefined ? null : resolve(output),
      stop.signal,
    ).finally(stop.release);
    if (options['json'] === true) {
      const verdict = summary === null ? null : summary.verdict;
      print(`${JSON.stringify({ page, runs, verdict })}\n`);
    } else if (summary === null) print(`${page}: ${runs} runs\n`);
    else {
      const { terminalSummary } = await import('../quality/terminal.js');
      print(hanging(terminalSummary(summary, isColoured(process.stdout), page), screenWidth()));
    }
    return 0;
  },
} satisfies CommandFile;
