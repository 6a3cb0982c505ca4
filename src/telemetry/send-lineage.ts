import { appendFile } from 'node:fs/promises';
import type { LineageEvent } from './lineage.js';
import type { Log } from './log.js';
import { postJson } from './post-json.js';
import { shownAddress } from './secrets.js';

interface LineageTarget {
  /** A file (each event is appended as a line), or the URL of an OpenLineage endpoint. */
  readonly to: string;
  /** Sent as a bearer token; never shown. */
  readonly apiKey?: string;
  readonly timeoutMs?: number;
}

/**
 * Sends one event to a file or an endpoint (`http://`, `https://`); a failure is logged, never fails the run.
 */
export async function sendLineage(event: LineageEvent, target: LineageTarget, log: Log): Promise<void> {
  const { to, apiKey, timeoutMs = 5_000 } = target;
  if (/^https?:\/\//i.test(to)) {
    const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const refusal = await postJson(to, event, { timeoutMs, headers });
    if (refusal !== null) log.warn('lineage could not be sent', { to: shownAddress(to), why: refusal });
    return;
  }
  try {
    await appendFile(to, `${JSON.stringify(event)}\n`);
  } catch (error) {
    log.warn('lineage could not be written', {
      to,
      why: (error as NodeJS.ErrnoException).code ?? String(error),
    });
  }
}
