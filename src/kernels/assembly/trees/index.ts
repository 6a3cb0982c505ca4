export { equalColumn, invertColumn, rankColumn, readColumn, setColumn } from './columns';
export { findRows, learnRows, recallRows } from './known-rows';
export { cutTree, writeGroups } from './reason-groups';
export { writeNodes } from './reason-nodes';
export { dropTables, runReasons, writeByteRanks } from './reasons';
export { columnRanges, scoreQuick32, scoreQuick64 } from './quick';
export { orderRows, pickRows, unsortSums } from './sort';
export { scoreWalk32, scoreWalk64 } from './walk';
