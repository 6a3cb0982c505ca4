/** The most memory of a worker for what groups of leaves contribute; unused memory is never touched. */
export const explainBytes = 2 ** 27;
