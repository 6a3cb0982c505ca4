/**
 * Rows of one call of a loop over columns: V8 compiles a function that is called often once, and a long loop
 * again and again.
 */
export const blockRows = 256;
