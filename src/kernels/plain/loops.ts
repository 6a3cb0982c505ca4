import type { KernelLoops } from '../loops.js';
import { addToken, findTokens, layTokens, rehash } from './cell.js';
import { copyWithout, look } from './look.js';
import { ensureMemory, plainMemory } from './memory.js';
import { columnsReader } from './read-columns.js';
import { textBytes } from './strings.js';
import { countLines, walk } from './walk.js';

/** The plain twin of the compiled loops: same results, in readable TypeScript. */
export function plainLoops(): KernelLoops {
  const memory = plainMemory();
  return {
    buffer: () => memory.buffer,
    ensure: (bytes) => ensureMemory(memory, bytes),
    setDialect(delimiter, quote, escapeByte, comment, fields, maxRowBytes) {
      Object.assign(memory, { delimiter, quote, escapeByte, comment, fields, maxRowBytes });
    },
    scan(start, end, ends, endsLimit, starts, startsLimit) {
      walk(memory, start, end, { ends, endsLimit, starts, startsLimit }, true);
    },
    count: (start, end, strict) => walk(memory, start, end, null, strict),
    lines: (start, end) => countLines(memory, start, end),
    look: (start, end, positions, most, own) => look(memory, start, end, positions, most, own),
    copyWithout: (...args) => copyWithout(memory, ...args),
    readColumns: columnsReader(memory),
    textBytes: (...cells) => textBytes(memory, ...cells),
    addToken: (table, address, length, code) => addToken(memory, table, address, length, code),
    rehash: (from, to) => rehash(memory, from, to),
    findTokens: (table, starts, lengths) => findTokens(memory, table, starts, lengths),
    layTokens: (...args) => layTokens(memory, ...args),
  };
}
