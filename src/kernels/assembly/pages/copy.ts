/** Copies at least `count` bytes, in steps of 16. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
export function copyWide(from: usize, to: usize, count: usize): void {
  for (const end = to + count; to < end; to += 16) {
    v128.store(to, v128.load(from));
    from += 16;
  }
}
