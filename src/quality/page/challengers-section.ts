import type { ChallengerSummary, Summary } from '../summary.js';
import { countText, shownText } from '../wording.js';
import { agreementTable } from './agreement-table.js';
import { levelTag } from './badge.js';
import { type Html, html } from './html.js';

/** Compares the scores of challengers with those of the model; null for a job without challengers. */
export function challengersSection({ challengers }: Summary): Html | null {
  if (challengers.length === 0) return null;
  const rows = challengers.flatMap((challenger) =>
    challenger.outputs.map((output) => ({
      model: nameOf(challenger),
      output: output.name,
      mean: output.mean,
      agreement: output,
    })),
  );
  const table = rows.length === 0 ? null : agreementTable('Challenger', 'Agreement of challengers', rows);
  return html`<section aria-labelledby="challengers"><h2 id="challengers">Challengers</h2>
<p class="lead">Models that scored the same rows; only the job’s own model is published. Agreement is over rows that both scored.</p>
<div class="card long">${table}<ul class="findings">${challengers.map(stateOf)}</ul></div></section>`;
}

function stateOf(challenger: ChallengerSummary): Html {
  const { rows, rows_per_second, failure } = challenger;
  const parts = [
    `${countText(rows.scored)} rows scored`,
    ...(rows.rejected === 0 ? [] : [`${countText(rows.rejected)} rejected`]),
    ...(rows.failed === 0 ? [] : [`${countText(rows.failed)} of them failed in the model`]),
    ...(rows.not_scored === 0 ? [] : [`${countText(rows.not_scored)} not scored`]),
    ...(rows_per_second === null ? [] : [`${countText(rows_per_second)} rows/s in one worker`]),
  ];
  const tag = failure === null ? levelTag('good', 'scored') : levelTag('check', 'partly');
  const why = failure === null ? null : html`: ${shownText(failure, 400)}`;
  return html`<li>${tag}<div><span class="text"><strong>${nameOf(challenger)}</strong> ${parts.join(', ')}${why}</span></div></li>`;
}

/** Returns the file and the folder that it is in. */
function nameOf({ path }: ChallengerSummary): string {
  return shownText(path.split(/[/\\]/).slice(-2).join('/'), 120);
}
