import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../temporary-folder.js';
import { main, type Ran, type Workdir } from '../workdir.js';

/** A call of the program, whose process id is also that of its group. */
interface Started {
  readonly pid: number;
  readonly ended: Promise<Ran>;
}

/** Starts the program as the leader of a new process group, as a shell or a scheduler does. */
export function startGroup(dir: Workdir, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const folder = temporaryFolder('streams');
  const files = {
    stdout: openSync(join(folder, 'stdout'), 'w'),
    stderr: openSync(join(folder, 'stderr'), 'w'),
  };
  const child = spawn(process.execPath, [main, ...args], {
    cwd: dir.path,
    // `_` says whether nohup started the program, and the tests themselves may run under it.
    env: { ...process.env, _: main, ...env },
    // Files, not pipes: a process that outlives this one keeps its streams open, and the test is to say so.
    stdio: ['ignore', files.stdout, files.stderr],
    detached: true,
  });
  for (const file of Object.values(files)) closeSync(file);
  const ended = new Promise<Ran>((resolve) => {
    const text = (name: string) => readFileSync(join(folder, name), 'utf8');
    child.on('exit', (code, signal) =>
      resolve({ code, signal, stdout: text('stdout'), stderr: text('stderr') }),
    );
  });
  return { pid: child.pid!, ended };
}
