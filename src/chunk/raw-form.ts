/** Form of a row in its file, for removing cells from it. */
export type RawForm = { /** The file's columns, in order. */ readonly columns: readonly string[] } & (
  | { readonly form: 'json' }
  | {
      readonly form: 'text';
      readonly delimiter: string;
      readonly quote: string | null;
      readonly escape: string | null;
    }
);
