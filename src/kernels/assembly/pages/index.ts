export { lookUp } from './codes';
export { compressSnappy } from './compress';
export { packDeltas, unpackDeltas, writeSpan } from './deltas';
export { indexCodes, packRuns, pickTexts } from './runs';
export { uncompressSnappy } from './snappy';
export { joinStreams } from './streams';
export { boundOf, gatherTexts, layTexts } from './texts';
