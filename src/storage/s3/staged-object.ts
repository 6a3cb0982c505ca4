import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { openNameless } from '../../process/nameless-file.js';
import type { StagedFile } from '../staged-file.js';
import { inTemporaryFolder } from '../temporary-folder.js';
import { uploading } from './request.js';
import { partBytesFor, putObject, uploadParts } from './write-objects.js';

/** Parts of one object that are uploaded at once, each held in memory. */
const lanes = 4;

/**
 * Returns a file that is written to the temporary folder (TMPDIR) and uploaded to `path` when it is finished.
 * It has no name there, so a killed process leaves nothing. Memory: 4 parts of 8 MiB while it is uploaded.
 */
export async function createStagedObject(path: string, firstPartBytes = 0): Promise<StagedFile> {
  const folder = tmpdir();
  const onDisk = <T>(work: () => Promise<T>) => inTemporaryFolder(work);
  const file = await onDisk(() => openNameless(folder));
  const hash = createHash('sha256');
  let bytes = 0;
  let isOpen = true;
  const close = async () => {
    if (isOpen) await file.close();
    isOpen = false;
  };

  async function readPart(start: number, end: number): Promise<Uint8Array> {
    const part = Buffer.alloc(end - start);
    for (let at = 0; at < part.length; ) {
      const { bytesRead } = await file.read(part, at, part.length - at, start + at);
      if (bytesRead === 0) throw Object.assign(new Error(`${folder} lost bytes`), { code: 'EIO' });
      at += bytesRead;
    }
    return part;
  }

  async function* parts(partBytes: number): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes; start += partBytes)
      yield await onDisk(() => readPart(start, Math.min(bytes, start + partBytes)));
  }

  return {
    path,
    get bytes() {
      return bytes;
    },
    async write(piece) {
      await onDisk(async () => {
        for (let offset = 0; offset < piece.byteLength; ) {
          offset += (await file.write(piece, offset, piece.byteLength - offset, null)).bytesWritten;
        }
      });
      hash.update(piece);
      bytes += piece.byteLength;
    },
    async finish() {
      const partBytes = firstPartBytes || partBytesFor(bytes);
      if (bytes > partBytes) await uploadParts(path, parts(partBytes), { lanes });
      else await putObject(path, await onDisk(() => readPart(0, bytes)), uploading);
      await onDisk(close);
      return { bytes, sha256: hash.digest('hex') };
    },
    async discard() {
      await close().catch(() => {});
    },
  };
}
