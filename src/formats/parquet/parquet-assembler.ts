import type { OutputField } from '../../chunk/batch.js';
import type { Assembler, Sink } from '../format.js';
import { schemaElements } from './output-schema.js';
import { footerAround, magic, pagesOf, rowGroupsOf } from './piece.js';
import type { Thrift } from './read-footer.js';
import { thriftBytes } from './write-thrift.js';

/**
 * Concatenates the row groups of small Parquet files under one footer: copies pages, shifts their offsets,
 * keeps statistics. The footer is kept in memory, about 150 bytes per column and piece.
 */
export async function parquetAssembler(fields: readonly OutputField[], sink: Sink): Promise<Assembler> {
  const rowGroups: Uint8Array[] = [];
  let offset = magic.length;
  let rows = 0;
  let isBegun = false;

  async function write(bytes: Uint8Array): Promise<void> {
    await sink.write(isBegun ? bytes : Buffer.concat([magic, bytes]));
    isBegun = true;
    offset += bytes.length;
  }

  return {
    async append(piece, pieceRows) {
      let found = 0;
      for (const group of rowGroupsOf(piece)) {
        const { start, end } = pagesOf(group);
        rowGroups.push(thriftBytes(movedGroup(group, fields, offset - start, offset)));
        await write(piece.subarray(start, end));
        found += Number(group.field_3);
      }
      if (found !== pieceRows) throw new Error(`a piece of ${pieceRows} rows holds ${found}`);
      rows += pieceRows;
    },
    async finish() {
      const schema = schemaElements(fields);
      const before = { field_1: 2, field_2: schema, field_3: BigInt(rows) };
      const leaves = schema.filter(({ field_1 }) => field_1 !== undefined);
      const after = { field_6: 'nightshift', field_7: leaves.map(() => ({ field_1: {} })) };
      await write(footerAround(before, rowGroups, after));
    },
  };
}

/**
 * Returns a RowGroup of parquet.thrift with offsets `shift` bytes further on, under the output's names,
 * without indexes that are not copied.
 */
function movedGroup(group: Thrift, fields: readonly OutputField[], shift: number, offset: number): Thrift {
  const by = BigInt(shift);
  return {
    field_1: (group.field_1 as Thrift[]).map(({ field_3 }, i) => {
      const data = field_3 as Thrift;
      return {
        field_2: 0n,
        field_3: {
          field_1: data.field_1,
          field_2: data.field_2,
          field_3: pathOf(fields[i]!),
          field_4: data.field_4,
          field_5: data.field_5,
          field_6: data.field_6,
          field_7: data.field_7,
          field_9: (data.field_9 as bigint) + by,
          field_11: data.field_11 === undefined ? undefined : (data.field_11 as bigint) + by,
          field_12: data.field_12,
          field_13: data.field_13,
        },
      };
    }),
    field_2: group.field_2,
    field_3: group.field_3,
    field_5: BigInt(offset),
    field_6: group.field_6,
  };
}

function pathOf({ name, type }: OutputField): string[] {
  return type.startsWith('list') ? [name, 'list', 'element'] : [name];
}
