import type { CheckReport } from '../run/check-job.js';

/** Returns the report of a check as `--json` prints it; `ok` means that no finding is an error. */
export function checkAsJson({ plan, mapping, findings, compared, workers }: CheckReport) {
  const ok = findings.every(({ level }) => level !== 'error');
  const partitions = plan.inputs.map(({ partition, path, bytes }) => ({ partition, path, bytes }));
  return { job: plan.job.name, ok, partitions, workers, model: plan.model, ...mapping, findings, compared };
}
