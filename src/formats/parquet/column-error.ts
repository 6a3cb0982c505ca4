import type { RowSlice } from '../../chunk/slice.js';
import { InvalidError } from '../../errors.js';
import { NotCarried } from '../fetched-file.js';
import type { ParquetField } from './parquet-field.js';
import { dropParquetWasm, isTrap } from './parquet-wasm.js';
import { corrupt } from './read-footer.js';

/** Returns the error for an unreadable column of a row group; drops the decoder's instance if it failed. */
export function columnError(path: string, field: ParquetField, { group }: RowSlice, cause: unknown): Error {
  if (cause instanceof NotCarried || (cause instanceof Error && 'exitCode' in cause)) return cause;
  const trapped = isTrap(cause);
  if (trapped) dropParquetWasm();
  const what = trapped
    ? 'its pages cannot be decoded'
    : cause instanceof Error
      ? cause.message
      : String(cause);
  const unsupported = /not (yet )?(implemented|supported)|NYI|disabled/i.exec(what);
  if (unsupported) {
    return new InvalidError(
      'unsupported-parquet',
      `${path}: column "${field.name}" (${field.native}) cannot be read: ${what}`,
      {
        file: path,
        column: field.name,
        hint: 'write the file again with Snappy or Zstandard compression and plain or dictionary encoding',
        cause,
      },
    );
  }
  return corrupt(path, `column "${field.name}" of row group ${group}: ${what}`, cause);
}
