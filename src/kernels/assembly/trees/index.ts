export { equalColumn, invertColumn, rankColumn, setColumn } from './columns';
export { cutTree, writeGroups } from './reason-groups';
export { dropTables, runReasons, turnRanks } from './reasons';
export { scoreQuick32, scoreQuick64 } from './quick';
export { scoreWalk32, scoreWalk64 } from './walk';
