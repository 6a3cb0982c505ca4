// The compiled half of `KernelLoops` in ../loops.ts, export by export.
export { readColumns } from './columns';
export { setDialect } from './dialect';
export { copyWithout, look } from './look';
export { addToken, findTokens, layTokens, rehash } from './tables';
export { count, countLines as lines, scan } from './walk';
export { textBytes } from './words';
