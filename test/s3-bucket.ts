import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JobWishes, sampleRun } from './faults/made-job.js';
import type { S3Server } from './s3-server.js';
import { isPublished, type Workdir } from './workdir.js';

const flights = join(process.cwd(), 'data-samples/flights');

/** Puts the sample days below the prefix `data/`. */
export function putDays({ put }: Pick<S3Server, 'put'>): void {
  for (const name of readdirSync(flights).filter((one) => one.startsWith('2013')))
    put(`data/${name}`, readFileSync(join(flights, name)));
}

/** Writes the sample job over `s3://b/data`, with an audit, its output at `s3://b/OUT`; returns its path. */
export function jobInS3(dir: Workdir, out: string, wishes: JobWishes = {}): string {
  const { days = '*' } = wishes;
  const text = readFileSync(sampleRun(dir, wishes), 'utf8')
    .replace(/path: \S*flights\/\S*/, `path: s3://b/data/${days}`)
    .replace(/path: \S*\/out$/m, `path: s3://b/${out}`);
  return dir.write(`${out}.yaml`, `audit: true\n${text}`);
}

/** Hashes of all that is published below a prefix. */
export function publishedAt({ contents }: Pick<S3Server, 'contents'>, out: string): Record<string, string> {
  const files = [...contents(`${out}/`)].map(([key, bytes]) => [key.slice(out.length + 1), bytes] as const);
  return Object.fromEntries(
    files
      .filter(([name]) => isPublished(name))
      .map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
  );
}

/** Returns what an ended run left below a prefix besides its output and records; there must be none. */
export function leftAt({ contents, uploads }: Pick<S3Server, 'contents' | 'uploads'>, out: string): string[] {
  const own = `${out}/_nightshift/`;
  return [...contents(own).keys()]
    .map((key) => key.slice(own.length))
    .filter((name) => name.includes('/') && !name.startsWith('partitions/'))
    .concat([...contents(own).keys()].filter((key) => key.includes('/probe-')))
    .concat(uploads().filter((key) => key.startsWith(`${out}/`)));
}
