import { readFile } from 'node:fs/promises';
import { withAttributes } from './encode-strings.js';
import { decodeText } from './onnx-messages.js';
import { attributeType } from './onnx-schema.js';
import { attributeOf, type OnnxModel, readModel } from './read-model.js';
import { replaceInGraph } from './rewrite-graph.js';
import { lengthDelimited } from './wire.js';

/**
 * In every system with glibc 2.35, and earlier in Debian and Fedora; changes the case of all letters of Unicode.
 */
export const everywhere = 'C.UTF-8';

/** In glibc an English locale changes the case of all letters as `C.UTF-8` does; a Turkish one does not. */
const isPlain = (locale: string) => /^en(?:[_.@]|$)/.test(locale);

/** A graph with another locale, and the locale that it named. */
interface OtherLocale {
  readonly graph: Uint8Array;
  readonly named: string;
}

/**
 * Returns the graph with `C.UTF-8` in place of English locales, which change the case of every letter in the
 * same way; null if it names no such locale.
 */
export async function withOtherLocale(
  source: string | Uint8Array,
  path: string,
): Promise<OtherLocale | null> {
  const model = await readModel(typeof source === 'string' ? await readFile(source) : source, path);
  const nodes = model.nodes.filter(({ op }) => op === 'StringNormalizer');
  const named = nodes.filter((node) => isPlain(localeOf(model, node)));
  if (named.length === 0) return null;
  const locale = { name: 'locale', type: attributeType.string, s: Buffer.from(everywhere) };
  const graph = replaceInGraph(
    model,
    new Map(
      named.map((node) => [
        node.wire.start,
        lengthDelimited(node.wire.number, [withAttributes(model, node, ['locale'], [locale])]),
      ]),
    ),
  );
  return { graph, named: localeOf(model, named[0]!) };
}

/** Without the attribute the runtime takes this locale. */
function localeOf(model: OnnxModel, node: OnnxModel['nodes'][number]): string {
  return decodeText(attributeOf(model, node, 'locale')?.s, 'en_US.UTF-8');
}
