// The compiled half of `KernelLoops` in ../loops.ts, export by export.
export { setColumn } from './cell';
export { setDialect } from './dialect';
export { float32, float64, int32, int64 } from './numbers';
export { addToken, rehash } from './tables';
export { date, timestamp } from './times';
export { count, countLines as lines, scan } from './walk';
export { boolean, codes, textBytes, texts } from './words';
