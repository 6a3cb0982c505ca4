import { localStore } from './local-store.js';
import { isS3 } from './s3/object-name.js';
import { s3Store } from './s3/s3-store.js';
import type { Store } from './store.js';

/** Returns where the file or folder at a path is. */
export function storeOf(path: string): Store {
  return isS3(path) ? s3Store : localStore;
}
