import { InvalidError } from '../errors.js';

/** One thing that does not fit between the model and the columns. */
export interface MappingMistake {
  /** The tensor, or null for a mistake that concerns none in particular. */
  readonly tensor: string | null;
  readonly column: string | null;
  readonly message: string;
  readonly hint: string;
}

/** A model and columns that do not fit, with everything that is wrong; the message has one line for each mistake. */
export class MappingError extends InvalidError {
  readonly mistakes: readonly MappingMistake[];

  constructor(mistakes: readonly MappingMistake[]) {
    const [first] = mistakes;
    const lines = mistakes.map(({ message, hint }) => `  ${message} (${hint})`);
    const text =
      mistakes.length === 1
        ? mistakes[0]!.message
        : [`the model and the job do not fit in ${mistakes.length} places`, ...lines].join('\n');
    super('model-mapping', text, {
      ...(first?.column == null ? {} : { column: first.column }),
      ...(mistakes.length === 1 ? { hint: first!.hint } : {}),
    });
    this.mistakes = mistakes;
  }
}

/** The mistakes that `plan` throws; none where it succeeds. */
export function mistakesIn(plan: () => unknown): readonly MappingMistake[] {
  try {
    plan();
    return [];
  } catch (error) {
    if (error instanceof MappingError) return error.mistakes;
    throw error;
  }
}
