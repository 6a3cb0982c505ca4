import { readFile } from 'node:fs/promises';
import { withAttributes } from './encode-strings.js';
import { decodeText } from './onnx-messages.js';
import { attributeOf, type OnnxModel, readModel } from './read-model.js';
import { replaceInGraph } from './rewrite-graph.js';
import { lengthDelimited } from './wire.js';

/** Every system with glibc 2.35 has it, and Debian and Fedora had it before; its letters are all of Unicode. */
const everywhere = 'C.UTF-8';

/** Letters of English have the case of all of Unicode in glibc, as in `C.UTF-8`; those of Turkish do not. */
const isPlain = (locale: string) => /^en(?:[_.@]|$)/.test(locale);

/** AttributeProto.AttributeType of a text. */
const text = 3;

/**
 * Returns the graph with `C.UTF-8` in place of English locales, which change the case of every letter in the
 * same way; null if it names no such locale.
 */
export async function withOtherLocale(source: string | Uint8Array, path: string): Promise<Uint8Array | null> {
  const model = await readModel(typeof source === 'string' ? await readFile(source) : source, path);
  const nodes = model.nodes.filter(({ op }) => op === 'StringNormalizer');
  const named = nodes.filter((node) => isPlain(localeOf(model, node)));
  if (named.length === 0) return null;
  const locale = { name: 'locale', type: text, s: Buffer.from(everywhere) };
  return replaceInGraph(
    model,
    new Map(
      named.map((node) => [
        node.wire.start,
        lengthDelimited(node.wire.number, [withAttributes(model, node, ['locale'], [locale])]),
      ]),
    ),
  );
}

/** Without the attribute the runtime takes this locale. */
function localeOf(model: OnnxModel, node: OnnxModel['nodes'][number]): string {
  return decodeText(attributeOf(model, node, 'locale')?.s, 'en_US.UTF-8');
}
