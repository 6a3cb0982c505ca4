/** Returns the runtime's message in one short line, without locations in its own source. */
export function runtimeMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(/\s+/g, ' ')
    .replace(/^Load model from .*? failed: ?/, '')
    .replace(sourceLocation, '')
    .replace(failedNode, (_, op: string, name: string) => (name === '' ? `${op}: ` : `${op} "${name}": `))
    .trim()
    .slice(0, mostChars);
}

const mostChars = 400;

/** Prefix of the runtime's messages about a node of the graph. */
const failedNode =
  /^Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: /;

/**
 * File and line, then a function's C++ signature: `/onnxruntime_src/…/graph.cc:46 void onnxruntime::f() `.
 */
const sourceLocation =
  /\/onnxruntime_src\/\S+:\d+ [\w:~<>*&, ]*\([^()]*(?:\([^()]*\)[^()]*)*\)(?: const)?(?:::<lambda\([^)]*\)>)?(?: \[with [^\]]*\])? /g;
