import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { s3Env } from '../s3-server.js';
import { type Guard, installed, whyNot } from './engines.js';

/** moto's S3 on this machine, for one test. */
export interface Moto {
  readonly env: NodeJS.ProcessEnv;
  readonly address: string;
}

/** Returns why moto is not started here; null if it is. */
export function whyNoMoto(): string | null {
  return whyNot('moto_server');
}

/** Starts the server on a free port, with a bucket `nightshift`. */
export async function startMoto(guard: Guard): Promise<Moto> {
  const port = await freePort();
  const child = guard.spawn(installed('moto_server'), ['-H', '127.0.0.1', '-p', String(port)]);
  const address = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await fetch(`${address}/nightshift`, { method: 'PUT' }).catch(() => null);
    if (answer?.ok) break;
    if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}`);
    await sleep(100);
  }
  return { address, env: s3Env(address, 'us-east-1') };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
