export { lookUp } from './codes';
export { uncompressSnappy } from './snappy';
