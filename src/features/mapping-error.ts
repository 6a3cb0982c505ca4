import { InvalidError } from '../errors.js';

/** One mismatch between the model and the columns. */
export interface MappingMistake {
  /** The tensor, or null for a mistake that concerns none in particular. */
  readonly tensor: string | null;
  readonly column: string | null;
  readonly message: string;
  readonly hint: string;
}

/** A mismatch between model and columns, with every mistake; the message has one line for each. */
export class MappingError extends InvalidError {
  readonly mistakes: readonly MappingMistake[];

  constructor(mistakes: readonly MappingMistake[]) {
    const [first] = mistakes;
    const lines = mistakes.map(({ message, hint }) => `  ${message} (${hint})`);
    const text =
      mistakes.length === 1
        ? mistakes[0]!.message
        : [`the model and the job do not match: ${mistakes.length} mistakes`, ...lines].join('\n');
    super('model-mapping', text, {
      ...(first?.column == null ? {} : { column: first.column }),
      ...(mistakes.length === 1 ? { hint: first!.hint } : {}),
    });
    this.mistakes = mistakes;
  }
}

/** Returns the mistakes that `plan` throws; none if it succeeds. */
export function mistakesIn(plan: () => unknown): readonly MappingMistake[] {
  try {
    plan();
    return [];
  } catch (error) {
    if (error instanceof MappingError) return error.mistakes;
    throw error;
  }
}
