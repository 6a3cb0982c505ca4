import type { Log } from './log.js';
import { postJson } from './post-json.js';
import { dataWithoutSecrets, shownAddress } from './secrets.js';

/**
 * Notifies a webhook of a run that did not end well: POSTs `report` (the run's last line) as JSON without
 * secrets within `timeoutMs`. Returns true if it was accepted; a failing webhook is logged without its path
 * and never fails the run.
 */
export async function notifyWebhook(
  address: string,
  report: object,
  log: Log,
  timeoutMs = 5_000,
): Promise<boolean> {
  const refusal = await postJson(address, dataWithoutSecrets(report), { timeoutMs });
  if (refusal !== null) log.warn('the webhook was not notified', { to: shownAddress(address), why: refusal });
  return refusal === null;
}
