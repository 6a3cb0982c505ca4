import type { Thrift } from '../../../src/formats/parquet/read-footer.js';
import type { Bomb } from './bomb.js';
import { zstdFrame } from './compressed.js';
import {
  codec,
  dataPage,
  encoding,
  float,
  levels,
  type MadeChunk,
  physical,
  writeParquet,
} from './parquet-file.js';
import type { Piece } from './pieces.js';

/** A table of one column. */
export function alone(schema: Thrift, rows: number, chunk: () => MadeChunk): Bomb['write'] {
  return tableOf(() => ({ schema: [schema], rows, chunks: [chunk()] }));
}

/** A table of `x`, which holds zeros, and the column that `schema` describes. */
export function beside(
  schema: Thrift | readonly Thrift[],
  rows: number,
  chunk: () => MadeChunk,
): Bomb['write'] {
  return tableOf(() => ({ schema: [float('x'), schema].flat(), rows, chunks: [zeroFloats(rows), chunk()] }));
}

/** A table of one row group; `columns` are the root's children, if not as many as the chunks. */
export function tableOf(
  make: () => {
    readonly schema: readonly Thrift[];
    readonly rows: number;
    readonly chunks: readonly MadeChunk[];
    readonly times?: number;
    readonly columns?: number;
    readonly pairs?: { readonly bytes: Uint8Array; readonly times: number };
  },
): Bomb['write'] {
  return (dir) => {
    const { schema, rows, chunks, times, ...more } = make();
    const group = { rows, chunks, ...(times === undefined ? {} : { times }) };
    writeParquet(`${dir.path}/in.parquet`, schema, [group], more);
    return 'in.parquet';
  };
}

/** A chunk of zeros, none missing. */
export function zeroFloats(rows: number): MadeChunk {
  const plainBytes = 4 * rows + levels(1, rows).length;
  const body = [zstdFrame([levels(1, rows), { byte: 0, times: 4 * rows }])];
  const pages = dataPage({ values: rows, body, plainBytes });
  return { path: ['x'], physical: physical.float, codec: codec.zstd, values: rows, pages, plainBytes };
}

/** A chunk of one data page; `compressed` says how its body is, and how many bytes it claims to stand for. */
export function onePage(
  path: string,
  type: number,
  rows: number,
  used: number,
  body: readonly Piece[],
  compressed?: { readonly codec: number; readonly plainBytes: number },
): MadeChunk {
  const pages = dataPage({
    values: rows,
    encoding: used,
    body,
    ...(compressed === undefined ? {} : { plainBytes: compressed.plainBytes }),
  });
  return {
    path: [path],
    physical: type,
    encodings: [used, encoding.rle],
    values: rows,
    pages,
    ...compressed,
  };
}
