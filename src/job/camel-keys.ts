type Camel<Key extends string> = Key extends `${infer Word}_${infer Rest}`
  ? `${Word}${Capitalize<Camel<Rest>>}`
  : Key;

/** The same members with names in camel case: `maxRows` for `max_rows`. */
export type CamelKeys<Section> = { readonly [Key in keyof Section & string as Camel<Key>]: Section[Key] };

/** Returns the members of a section of the job file by their names in the code. */
export function camelKeys<Section extends object>(section: Section): CamelKeys<Section> {
  const members = Object.entries(section).map(([key, value]) => [
    key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(members) as CamelKeys<Section>;
}
