import type { KernelLoops } from './loops.js';

/** A bump allocator over the loops' memory; views must be recreated whenever the memory is replaced. */
export interface Arena {
  /** Returns the address of `bytes` fresh bytes, aligned to 64, with 64 readable bytes after them. */
  take(bytes: number): number;
  /** Frees everything allocated at or after `address`. */
  release(address: number): void;
  /** The first free address. */
  readonly top: number;
  u8(): Uint8Array;
  i32(): Int32Array;
}

/** Opens an arena from address `first` upwards. */
export function openArena(loops: KernelLoops, first: number): Arena {
  let top = first;
  let buffer: ArrayBuffer | null = null;
  let u8 = new Uint8Array(0);
  let i32 = new Int32Array(0);
  function refresh(): void {
    const now = loops.buffer();
    if (now === buffer) return;
    buffer = now;
    u8 = new Uint8Array(now);
    i32 = new Int32Array(now);
  }
  return {
    take(bytes) {
      const address = top;
      top = (top + bytes + 127) & ~63;
      loops.ensure(top + 64);
      return address;
    },
    release(address) {
      top = address;
    },
    get top() {
      return top;
    },
    u8() {
      refresh();
      return u8;
    },
    i32() {
      refresh();
      return i32;
    },
  };
}
