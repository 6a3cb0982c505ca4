import type { OpenStage } from '../../workers/stage.js';
import { openStage as openSlices, type StagePlan } from '../slice/score-slice.js';
import type { WholeContext } from './whole-files.js';

export { tryOut, warmStage } from '../slice/score-slice.js';

/** The stage that a worker of a run has: it scores slices, and whole files slice by slice. */
export const openStage: OpenStage = async (plan) => {
  const stage = await openSlices(plan);
  return {
    ...stage,
    async openContext(context) {
      if (!('whole' in (context as object))) return stage.openContext(context);
      const { openWholeFiles } = await import('./score-whole.js');
      return openWholeFiles(stage.openContext, plan as StagePlan, (context as WholeContext).whole);
    },
  };
};
