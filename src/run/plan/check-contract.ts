import { InvalidError } from '../../errors.js';
import type { SourceColumn } from '../../formats/format.js';
import { isLayout } from '../../formats/text/zoned-time.js';
import { foldName } from '../../repair/column-names.js';
import { planMistakes } from '../../repair/plan-mistakes.js';
import type { ContractOfRun } from './open-partition.js';

interface Mistake {
  readonly message: string;
  readonly hint: string | null;
}

/**
 * Throws `InvalidError` with every mistake in a contract that the job and the first input's columns (if any)
 * reveal.
 */
export async function checkContract(contract: ContractOfRun): Promise<void> {
  const mistakes: readonly Mistake[] = [
    ...planMistakes({
      columns: contract.columns.filter((column) => !column.isOnlyCarried).map((column) => column.contract),
      rules: contract.rules,
      cannotBeMissing: contract.cannotBeMissing,
      limits: contract.limits,
      absent: [],
      audit: contract.audit,
      redact: contract.redact,
    }),
    ...(await layoutMistakes(contract)),
    ...redactMistakes(contract, contract.reference ?? []),
  ];
  const [first, ...others] = mistakes;
  if (first === undefined) return;
  const text = [first.message, ...others.map(({ message }) => message)].join('\n  ');
  throw new InvalidError('contract', text, first.hint === null ? {} : { hint: first.hint });
}

/** Finds layouts that cannot parse anything: every date in them would be unreadable. */
async function layoutMistakes({ columns }: ContractOfRun): Promise<Mistake[]> {
  const mistakes: Mistake[] = [];
  for (const { contract, parse } of columns) {
    for (const layout of parse.layouts) {
      if (await isLayout(layout)) continue;
      mistakes.push({
        message: `"columns.${contract.name}.layouts" contains "${layout}", which cannot parse any date`,
        hint: "year yyyy, month MM or MMM, day dd, hour HH, minute mm, second ss; put other letters in single quotes: yyyy-MM-dd'T'HH:mm",
      });
    }
  }
  return mistakes;
}

/** Refuses a name in `redact` that is not a column: a typo would reveal what must be hidden. */
function redactMistakes({ columns, redact }: ContractOfRun, file: readonly SourceColumn[]): Mistake[] {
  if (file.length === 0) return [];
  const names = [
    ...columns.flatMap(({ contract }) => [contract.name, contract.source]),
    ...file.map(({ name }) => name),
  ];
  const known = new Set(names.map(foldName));
  return redact
    .filter((name) => !known.has(foldName(name)))
    .map((name) => ({
      message: `"redact" names "${name}", which is not a column of the contract or of the first input`,
      hint: 'correct the name, or add the column under "columns" with "absent: missing" if only some files have it',
    }));
}
