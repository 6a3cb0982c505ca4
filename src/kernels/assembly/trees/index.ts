export { rankColumn, setColumn } from './columns';
export { scoreQuick32, scoreQuick64 } from './quick';
export { scoreWalk32, scoreWalk64 } from './walk';
