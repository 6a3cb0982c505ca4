/**
 * Returns a hint on how to write a file so that a column of an unreadable type becomes readable: by the
 * file's own name for the type.
 */
export function unreadableHint(native: string): string {
  const known = hints.find(([pattern]) => pattern.test(native));
  return known?.[1] ?? 'flatten it into plain columns where the file is written';
}

const hints: readonly (readonly [RegExp, string])[] = [
  [/^encrypted /, 'decrypt it first, because encryption keys are not supported'],
  [/LIST|List|MAP|Map|STRUCT|Struct|Union/, 'flatten it into plain columns where the file is written'],
  [/INTERVAL|Interval/, 'write it as a number of seconds, days or months where the file is written'],
  [/GEOMETRY|GEOGRAPHY/, 'write its coordinates as numbers where the file is written'],
  [/VARIANT|BSON/, 'write the fields that are needed as separate columns where the file is written'],
  [
    /FIXED_LEN_BYTE_ARRAY|FixedSizeBinary|Binary/,
    'write the bytes as text (hexadecimal, or a UUID as such) or as numbers where the file is written',
  ],
  [/RunEndEncoded/, 'write it without run-end encoding where the file is written'],
  [/DECIMAL/, 'write it as a decimal of at most 76 digits, or as text, where the file is written'],
];
