/** How a row stood in its file, for those who must take a cell out of it. */
export type RawForm = { /** The file's columns, in order. */ readonly columns: readonly string[] } & (
  | { readonly form: 'json' }
  | {
      readonly form: 'text';
      readonly delimiter: string;
      readonly quote: string | null;
      readonly escape: string | null;
    }
);
