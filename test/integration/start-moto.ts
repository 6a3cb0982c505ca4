import { spawn, spawnSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { s3Env } from '../s3-server.js';

/** moto's S3 on this machine, for one test. */
export interface Moto {
  readonly env: NodeJS.ProcessEnv;
  readonly address: string;
  stop(): void;
}

const program = process.env['NIGHTSHIFT_MOTO'] ?? 'moto_server';

/** Returns why moto is not started here; null if it is. */
export function whyNoMoto(): string | null {
  if (process.env['NIGHTSHIFT_INTEGRATION'] === undefined) return 'only in `make integration`';
  if (spawnSync(program, ['--help']).status === 0) return null;
  return 'needs moto: pip install "moto[s3,server]", and name its moto_server in NIGHTSHIFT_MOTO';
}

/** Starts the server on a free port, with a bucket `nightshift`. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const address = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${address}/nightshift`, { method: 'PUT' }).catch(() => null);
    if (answer?.ok) break;
    if (tries > 600) throw new Error(`moto does not answer at ${address}`);
    await sleep(100);
  }
  return {
    address,
    env: s3Env(address, 'us-east-1'),
    stop: () => child.kill('SIGKILL'),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
