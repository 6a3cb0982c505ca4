/** Formats a text as YAML reads it back, whatever it contains; escapes control characters. */
export function yamlText(text: string): string {
  if (/^[A-Za-z_][\w-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)) return text;
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (char) =>
      `\\${char.codePointAt(0)! > 0xffff ? 'U' : 'u'}${char
        .codePointAt(0)!
        .toString(16)
        .padStart(char.codePointAt(0)! > 0xffff ? 8 : 4, '0')}`,
  );
}

/** Formats a path for YAML: quoted only if needed. */
export function yamlPath(path: string): string {
  const isPlain = /^[A-Za-z_./][\w./-]*$/.test(path) && (path.includes('/') || /^\w+\.[a-z]\w+$/i.test(path));
  return isPlain ? path : yamlText(path);
}
