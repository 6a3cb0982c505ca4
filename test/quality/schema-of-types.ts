/** A JSON Schema, as plain data. */
type Schema = { readonly [key: string]: unknown };

/**
 * A JSON Schema of the interfaces and type aliases in `sources` (texts of TypeScript modules that hold plain
 * data types), the first being `root`. Comments become descriptions, so that the types are the one source.
 * Knows what such types are made of: literals, unions, arrays, records, `Pick`, inline objects, references,
 * `T['key']`, `extends` of one interface; throws for anything else.
 */
export function schemaOfTypes(
  root: string,
  sources: readonly string[],
  known: Readonly<Record<string, Schema>>,
  head: Schema,
): Schema {
  const declared = new Map(sources.flatMap((source) => [...declarations(tokens(source))]));
  const defs: Record<string, Schema> = {};
  const resolve = (name: string): Schema => {
    const given = known[name];
    if (given !== undefined) return given;
    if (defs[name] === undefined) {
      const type = declared.get(name);
      if (type === undefined) throw new Error(`type ${name} is not declared`);
      defs[name] = {};
      defs[name] = schemaOf(type);
    }
    return { $ref: `#/$defs/${name}` };
  };
  const membersOf = (type: Type | undefined): readonly Member[] => {
    if (type?.kind === 'name') return membersOf(declared.get(type.name));
    if (type?.kind !== 'object') return [];
    return type.base === null ? type.members : [...membersOf(declared.get(type.base)), ...type.members];
  };
  const memberOf = (type: Type, key: string): Member => {
    const member = membersOf(type).find(({ name }) => name === key);
    if (member === undefined) throw new Error(`there is no member ${key}`);
    return member;
  };
  const schemaOf = (type: Type): Schema => {
    switch (type.kind) {
      case 'literal':
        return { const: type.value };
      case 'plain':
        return { type: type.name };
      case 'array':
        return { type: 'array', items: schemaOf(type.of) };
      case 'record':
        return { type: 'object', additionalProperties: schemaOf(type.of) };
      case 'name':
        return resolve(type.name);
      case 'pick':
        return objectOf(
          type.keys.map((key) => memberOf(type.of, key)),
          type.comment,
        );
      case 'member':
        return schemaOf(memberOf(type.of, type.key).type);
      case 'object':
        return objectOf(membersOf(type), type.comment);
      case 'union':
        return unionOf(type.of.map(schemaOf));
    }
  };
  const objectOf = (members: readonly Member[], comment: string | null): Schema => ({
    ...(comment === null ? {} : { description: comment }),
    type: 'object',
    required: members.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
    properties: Object.fromEntries(
      members.map(({ name, type, comment: said }) => [
        name,
        said === null ? schemaOf(type) : { description: said, ...schemaOf(type) },
      ]),
    ),
    additionalProperties: false,
  });
  resolve(root);
  return { ...head, $ref: `#/$defs/${root}`, $defs: defs };
}

/** Literals become one list, plain types one list of names. */
function unionOf(parts: readonly Schema[]): Schema {
  if (parts.every((part) => 'const' in part)) return { enum: parts.map((part) => part['const']) };
  const isPlain = (part: Schema) => typeof part['type'] === 'string' && Object.keys(part).length === 1;
  if (parts.every(isPlain)) return { type: parts.map((part) => part['type']) };
  return { anyOf: parts };
}

type Type =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'plain'; readonly name: string }
  | { readonly kind: 'array' | 'record'; readonly of: Type }
  | { readonly kind: 'name'; readonly name: string }
  | {
      readonly kind: 'pick';
      readonly of: Type;
      readonly keys: readonly string[];
      readonly comment: string | null;
    }
  | { readonly kind: 'member'; readonly of: Type; readonly key: string }
  | {
      readonly kind: 'object';
      readonly base: string | null;
      readonly members: readonly Member[];
      readonly comment: string | null;
    }
  | { readonly kind: 'union'; readonly of: readonly Type[] };

interface Member {
  readonly name: string;
  readonly type: Type;
  readonly isOptional: boolean;
  readonly comment: string | null;
}

interface Tokens {
  readonly list: readonly string[];
  at: number;
}

function tokens(source: string): Tokens {
  const list = source.match(/\/\*\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\]|\\.)*'|`[^`]*`|[\w$]+|=>|\S/g) ?? [];
  return { list: list.filter((token) => !token.startsWith('//')), at: 0 };
}

function* declarations(read: Tokens): Generator<readonly [string, Type]> {
  for (let comment: string | null = null; read.at < read.list.length; ) {
    const token = read.list[read.at]!;
    const name = read.list[read.at + 1]!;
    if (token.startsWith('/**')) comment = commentText(token);
    const isAlias = token === 'type' && read.list[read.at + 2] === '=' && read.list[read.at + 3] !== '(';
    if (token !== 'interface' && !isAlias) {
      if (!token.startsWith('/**') && token !== 'export') comment = null;
      read.at++;
      continue;
    }
    read.at += isAlias ? 3 : 2;
    const base = read.list[read.at] === 'extends' ? read.list[read.at + 1]! : null;
    if (base !== null) read.at += 2;
    if (!isAlias && read.list[read.at] !== '{') continue;
    const type = parseUnion(read);
    if (type.kind === 'object') yield [name, { ...type, base, comment }];
    else yield [name, type.kind === 'pick' ? { ...type, comment } : type];
    comment = null;
  }
}

function parseUnion(read: Tokens): Type {
  const parts: Type[] = [];
  if (read.list[read.at] === '|') read.at++;
  for (;;) {
    parts.push(parseOne(read));
    if (read.list[read.at] !== '|') return parts.length === 1 ? parts[0]! : { kind: 'union', of: parts };
    read.at++;
  }
}

function parseOne(read: Tokens): Type {
  if (read.list[read.at] === 'readonly') read.at++;
  let type = parseBare(read);
  while (read.list[read.at] === '[') {
    const key = read.list[read.at + 1]!;
    if (key === ']') {
      type = { kind: 'array', of: type };
      read.at += 2;
    } else {
      type = { kind: 'member', of: type, key: key.slice(1, -1) };
      read.at += 3;
    }
  }
  return type;
}

function parseBare(read: Tokens): Type {
  const token = read.list[read.at++]!;
  if (token === '{') return { kind: 'object', base: null, members: parseMembers(read), comment: null };
  if (token === '(') {
    const type = parseUnion(read);
    expect(read, ')');
    return type;
  }
  if (token.startsWith("'")) return { kind: 'literal', value: token.slice(1, -1) };
  if (/^\d+$/.test(token)) return { kind: 'literal', value: Number(token) };
  if (['string', 'number', 'boolean', 'null'].includes(token)) return { kind: 'plain', name: token };
  if (token === 'Readonly' || token === 'Record' || token === 'Pick') return parseGeneric(read, token);
  if (/^[A-Z]\w*$/.test(token)) return { kind: 'name', name: token };
  throw new Error(`a type cannot be read at ${read.list.slice(read.at - 1, read.at + 5).join(' ')}`);
}

function parseGeneric(read: Tokens, name: 'Readonly' | 'Record' | 'Pick'): Type {
  expect(read, '<');
  const first = parseUnion(read);
  if (name === 'Readonly') {
    expect(read, '>');
    return first;
  }
  expect(read, ',');
  const second = parseUnion(read);
  expect(read, '>');
  if (name === 'Record') return { kind: 'record', of: second };
  const keys = (second.kind === 'union' ? second.of : [second]).map((key) =>
    key.kind === 'literal' ? String(key.value) : '',
  );
  return { kind: 'pick', of: first, keys, comment: null };
}

function parseMembers(read: Tokens): Member[] {
  const members: Member[] = [];
  let comment: string | null = null;
  for (;;) {
    const token = read.list[read.at]!;
    if (token === '}') {
      read.at++;
      return members;
    }
    if (token.startsWith('/**')) {
      comment = commentText(token);
      read.at++;
      continue;
    }
    if (token === 'readonly') read.at++;
    const name = read.list[read.at++]!;
    const isOptional = read.list[read.at] === '?';
    if (isOptional) read.at++;
    expect(read, ':');
    members.push({ name, type: parseUnion(read), isOptional, comment });
    expect(read, ';');
    comment = null;
  }
}

function expect(read: Tokens, token: string): void {
  const found = read.list[read.at];
  // The formatter leaves a comma before what closes a list over several lines.
  if (token === '>' && found === ',' && read.list[read.at + 1] === '>') read.at++;
  else if (found !== token && !(token === ';' && found === '}')) {
    throw new Error(`${token} is missing at ${read.list.slice(read.at, read.at + 5).join(' ')}`);
  }
  if (read.list[read.at] === token) read.at++;
}

function commentText(comment: string): string {
  return comment
    .slice(3, -2)
    .replace(/\n\s*\* ?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
