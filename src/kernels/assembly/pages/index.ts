export { lookUp } from './codes';
export { compressSnappy } from './compress';
export { packDeltas, writeSpan } from './deltas';
export { uncompressSnappy } from './snappy';
export { boundOf, layTexts } from './texts';
