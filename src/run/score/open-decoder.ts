import type { ReadPlan } from '../../chunk/read-plan.js';
import type { Decoder, SourceDescription } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import { constantColumn } from '../../repair/fill-absent.js';

/** Opens a decoder whose chunks also have the columns that come from names of folders. */
export async function openDecoder(source: SourceDescription, read: ReadPlan): Promise<Decoder> {
  const decoder = await (await formats[source.format]()).decoder(source, read);
  const { constants = [] } = read;
  if (constants.length === 0) return decoder;
  return {
    async decode(slice) {
      const chunk = await decoder.decode(slice);
      const columns = new Map(chunk.columns);
      for (const { name, type, value, categories } of constants)
        columns.set(name, constantColumn(type, chunk.rows, value, categories));
      return { ...chunk, columns };
    },
    close: () => decoder.close(),
  };
}
