import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { scenarios } from './scenarios.js';
import { type Tally, tryScenario } from './try-scenario.js';

const statesPerScenario = Number(process.env['STATES'] ?? 320);
const killsPerScenario = Number(process.env['KILLS'] ?? 30);
// Some calls wait until they are sure that the owner of a torn lock is dead.
const together = Number(process.env['TOGETHER'] ?? availableParallelism() * 2);

/** `make certificate`: each scenario in a separate process, `TOGETHER` at a time. */
async function certify(): Promise<void> {
  const start = performance.now();
  const waiting = [...scenarios.keys()];
  const tallies: Tally[] = [];
  const work = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const tally = await inProcess(index);
      const { name, format } = scenarios[index]!;
      const minutes = ((performance.now() - start) / 60_000).toFixed(1);
      console.log(
        `${minutes} min  ${format}, ${name}: ${tally.events} events, ${tally.judged} states judged, ${tally.states} tried, ${tally.kills} kills`,
      );
      for (const fault of tally.faults.slice(0, 10)) console.log(`  ${fault}`);
      tallies.push(tally);
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  const sum = (of: (tally: Tally) => number) => tallies.reduce((all, tally) => all + of(tally), 0);
  const faults = sum((tally) => tally.faults.length);
  console.log(`scenarios        ${tallies.length}
states judged    ${sum(({ judged }) => judged)}
states tried     ${sum(({ states }) => states)}
kills tried      ${sum(({ kills }) => kills)}
differing bytes  ${sum(({ differingBytes }) => differingBytes)}
left behind      ${sum(({ leftovers }) => leftovers)}
violations       ${faults}
minutes          ${((performance.now() - start) / 60_000).toFixed(1)}`);
  process.exitCode = faults === 0 ? 0 : 1;
}

function inProcess(index: number): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [String(index)]);
    child.once('message', resolve as (tally: unknown) => void);
    child.once('exit', (code) => reject(new Error(`scenario ${index} ended with ${code}`)));
  });
}

// Memory instead of a disk where there is any: what is on the disk is built, not synced.
if (process.env['TMPDIR'] === undefined && existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';
const [, , index] = process.argv;
if (index === undefined) await certify();
else process.send!(await tryScenario(scenarios[Number(index)]!, statesPerScenario, killsPerScenario));
