import { makeModel, type Sketch } from '../../model/make-model.js';
import { patienceMs } from '../../resident.js';
import type { Ran, Workdir } from '../../workdir.js';
import { memoryGroup } from '../memory-group.js';
import type { Bomb } from './bomb.js';

const limitBytes = 500 * 2 ** 20;

/** A model that copies `x`. */
export const identity: Sketch = {
  inputs: { x: ['float32', 'N', 1] },
  outputs: { y: ['float32', 'N', 1] },
  nodes: [{ op_type: 'Identity', input: ['x'], output: ['y'] }],
};

/** Writes a bomb and its job into a folder; returns the name of its input. */
export async function layBomb(bomb: Bomb, dir: Workdir): Promise<string> {
  const {
    model = identity,
    x = 'float32',
    columns = '',
    carried = [],
    more = 'run: { workers: 2 }\n',
  } = bomb;
  if (typeof model === 'object') dir.write('m.onnx', await makeModel(model));
  const input = await bomb.write(dir);
  const hasX = typeof model === 'string' || Object.hasOwn(model.inputs, 'x');
  dir.write(
    'job.yaml',
    `name: bomb
input: { path: ${input} }
model: { path: ${typeof model === 'string' ? model : 'm.onnx'} }
columns:
${hasX ? `  x: { type: ${x} }\n` : ''}${columns}output: { path: out, columns: ${JSON.stringify(carried)} }
${more}${more.includes('run:') ? '' : 'run: { workers: 2 }\n'}`,
  );
  return input;
}

/** How a bomb ended, measured from outside. */
export interface Blast {
  readonly ran: Ran;
  /** The most memory of the group, cached files among it; null if it was not measured. */
  readonly peakBytes: number | null;
  /** Processes that the kernel killed for their memory. */
  readonly kills: number;
  /** Processor time of all processes together, or the time by the clock where that is not counted. */
  readonly seconds: number;
}

/** Calls a bomb in a control group of 500 MiB, or with a budget of that size if none can be created. */
export function setOff(bomb: Bomb, input: string, dir: Workdir): Blast {
  const args = (bomb.command ?? ['run', 'job.yaml']).map((each) => (each === 'FILE' ? input : each));
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const group = memoryGroup(limitBytes);
  if (group === null) {
    const text = dir.read('job.yaml');
    dir.write('job.yaml', text.replace(/^run: \{/m, 'run: { memory: 500MiB,'));
    return { ran: dir.nightshift(args), peakBytes: null, kills: 0, seconds: seconds() };
  }
  try {
    const ran = group.nightshift(args, dir.path, patienceMs);
    return {
      ran,
      peakBytes: group.peak(),
      kills: group.kills(),
      seconds: group.cpuSeconds() ?? seconds(),
    };
  } finally {
    group.remove();
  }
}
