import { InvalidError } from '../errors.js';
import type { CommandFile } from './command.js';
import { candidatesOf } from './compare-candidates.js';
import { withComparison } from './compare-options.js';
import { withJob } from './job-options.js';
import { runComparison } from './run-comparison.js';

/** `nightshift compare JOB --models A B`. */
export const compare = {
  name: 'compare',
  summary: 'score the inputs with several models at once: speed, agreement, and how well they predict labels',
  describe: (command) =>
    withComparison(
      withJob(command)
        .option(
          '--models <path...>',
          'models to compare with the job’s own, each as MODEL or MODEL@rounds=100,batch_rows=512,workers=2; or job files with other settings',
        )
        .option('--workers <n>', 'number of worker processes, instead of the job file’s'),
    ).addHelpText(
      'after',
      '\nCost: one pass over the input for each number of workers, like a run without output, and one more scoring for each further model. Publishes nothing.',
    ),
  run(args, options) {
    const models = (options['models'] ?? []) as readonly string[];
    if (models.length === 0) {
      const hint = 'name model files, or job files with other settings: --models b.onnx c.yaml';
      throw new InvalidError('usage', '"--models" must name at least one model', { hint });
    }
    return runComparison(args[0]!, options, async (loaded) => {
      return { candidates: await candidatesOf(args[0]!, options, loaded), notes: [] };
    });
  },
} satisfies CommandFile;
