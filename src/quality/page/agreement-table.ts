import type { Agreement } from '../summary.js';
import { figureText, shareText, shownText } from '../wording.js';
import { type Html, html } from './html.js';

/** How an output of one model agrees with the reference's. */
interface AgreementRow {
  readonly model: string;
  readonly output: string;
  readonly mean: number | null;
  readonly agreement: Agreement & { readonly psi: number | null };
}

const heads = ['Mean', 'Equal', 'Apart, mean', 'Largest', 'Correlation', 'PSI'];

/** Returns the table of agreement, one row for each output; `who` heads the column of models. */
export function agreementTable(who: string, caption: string, rows: readonly AgreementRow[]): Html {
  const body = rows.map(({ model, output, mean, agreement }) => {
    const { rows: both, equal, mean_difference, largest_difference, correlation, psi } = agreement;
    const cells = [
      orDash(mean, figureText),
      both === 0 ? '–' : shareText(equal / both),
      orDash(mean_difference, figureText),
      orDash(largest_difference, figureText),
      orDash(correlation, sixDigits),
      orDash(psi, figureText),
    ];
    return html`<tr><th scope="row">${model}</th><td data-label="Output">${shownText(output, 60)}</td>${cells.map((cell, at) => html`<td class="n" data-label="${heads[at]!}">${cell}</td>`)}</tr>`;
  });
  return html`<table class="stack wide short names"><caption class="hidden">${caption}</caption><thead><tr><th scope="col">${who}</th><th scope="col">Output</th>${heads.map((head) => html`<th scope="col" class="n">${head}</th>`)}</tr></thead><tbody>${body}</tbody></table>`;
}

export function orDash(figure: number | null, text: (figure: number) => string): string {
  return figure === null ? '–' : text(figure);
}

export function sixDigits(figure: number): string {
  return String(Number(figure.toPrecision(6)));
}
