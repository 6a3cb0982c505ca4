// The compiled half of `CountLoops` in ../../count-loops.ts, export by export.
export { beginBins, bins, precisionLeft, smallBins, sortBins } from './bins';
export { addCell, beginCells, beginSums, cellFloats32, cellFloats64, cellInts32, cellInts64, gatherSums, orderCells, sortCellBins } from './cells';
export { hashes } from './hashes';
export { floats32, floats64, ints32, ints64, measure } from './numbers';
export { clearSmall, codes, gatherSmall, smallFloats32, smallFloats64, smallInts32, smallInts64 } from './small';
export { texts } from './texts';
