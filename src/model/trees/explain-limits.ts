/** The most memory that is taken in a worker for what groups of leaves contribute: what is not used is never touched. */
export const explainBytes = 2 ** 27;
