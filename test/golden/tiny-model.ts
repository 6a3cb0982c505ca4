import { makeModel, type Sketch } from '../model/make-model.js';
import type { Ran, Workdir } from '../workdir.js';

/** A model that answers `y_<name>` for each of its float inputs: what it was fed. */
export function echoModel(...names: readonly string[]): Promise<Uint8Array> {
  const values = (prefix: string) =>
    Object.fromEntries(names.map((name) => [`${prefix}${name}`, ['float32', 'N'] as const]));
  const nodes = names.map((name) => ({ op_type: 'Identity', input: [name], output: [`y_${name}`] }));
  return makeModel({ inputs: values(''), outputs: values('y_'), nodes } satisfies Sketch);
}

/** Writes `job.yaml` (by default output `out`, no worker processes) and runs a command on it. */
export function runJob(dir: Workdir, job: object, command = 'run', ...args: readonly string[]): Ran {
  const whole = {
    name: 'tiny',
    model: { path: 'm.onnx' },
    output: { path: 'out' },
    run: { workers: 1, isolation: 'none' },
    ...job,
  };
  return dir.call([command, dir.write('job.yaml', JSON.stringify(whole)), ...args]);
}
