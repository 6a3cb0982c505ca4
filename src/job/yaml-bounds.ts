import { CST, Lexer } from 'yaml';

const bounds = { characters: 256 << 10, flowDepth: 50, indent: 100, aliases: 100 } as const;

/**
 * Returns the structural limit that `text` exceeds, as a message and an offset; null if it exceeds none.
 * Protects a recursive parser: block structure nests no deeper than twice its indent, flow structure no
 * deeper than its open brackets. Reads the text once, without recursion.
 */
export function brokenYamlBound(text: string): { readonly message: string; readonly offset: number } | null {
  if (text.length > bounds.characters) return { message: 'the file is larger than 256 KiB', offset: 0 };
  let offset = 0;
  let lineStart = 0;
  let indent = 0;
  let open = 0;
  let aliases = 0;
  let content = false;
  for (const token of new Lexer().lex(text)) {
    const type: CST.TokenType | 'content' | null = content ? 'content' : CST.tokenType(token);
    content = type === 'scalar';
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') continue;
    if (type === 'newline' || type === 'comment') indent = 0;
    else if (type === 'space' && offset === lineStart) indent = token.length;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') indent = offset - lineStart;
    else if (type === 'flow-map-start' || type === 'flow-seq-start') open++;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') open = Math.max(0, open - 1);
    else if (type === 'alias') aliases++;
    const deep = open > bounds.flowDepth || (open === 0 && indent > bounds.indent && type !== 'space');
    if (deep) return { message: 'the file is nested too deep', offset };
    if (aliases > bounds.aliases) {
      return { message: `the file contains more than ${bounds.aliases} aliases (*name)`, offset };
    }
    offset += token.length;
    const newline = token.lastIndexOf('\n');
    if (newline >= 0) lineStart = offset - (token.length - newline - 1);
  }
  return null;
}
