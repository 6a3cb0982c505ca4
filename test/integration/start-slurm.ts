import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Guard, isOnPath, whyNotInstalled } from './engines.js';

/** A Slurm cluster of one node on this machine, for one test. */
export interface Slurm {
  readonly env: NodeJS.ProcessEnv;
  /** The states of a job's tasks by their id, such as `12_3`. */
  states(job: string): Record<string, string>;
}

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol', 'sinfo'];

/** Returns why Slurm is not started here; null if it is. */
export function whyNoSlurm(): string | null {
  if (process.getuid?.() !== 0) return 'Slurm is started as root only';
  const missing = programs.find((name) => !isOnPath(name));
  return missing === undefined ? null : `${missing} is not installed: ${whyNotInstalled('debian')}`;
}

/** Starts the daemons with all files below `root`, on loopback ports; four processors on any machine. */
export async function startSlurm(root: string, guard: Guard): Promise<Slurm> {
  const below = (...names: string[]) => join(root, ...names);
  for (const name of ['munge', 'state', 'spool', 'log']) mkdirSync(below(name), { recursive: true });
  execFileSync('chmod', ['0755', root]);
  execFileSync('chmod', ['0711', below('munge')]);
  writeFileSync(below('munge.key'), Buffer.alloc(1024, 'k'), { mode: 0o400 });
  const conf = below('slurm.conf');
  writeFileSync(conf, configuration(root));
  const env = { ...guard.env, SLURM_CONF: conf };
  const start = (name: string, args: readonly string[]) =>
    execFileSync(name, args, { env, stdio: 'ignore', timeout: 30_000 });
  const socket = below('munge', 'socket');
  start('munged', [
    '--force',
    `--key-file=${below('munge.key')}`,
    `--socket=${socket}`,
    `--pid-file=${below('munged.pid')}`,
    `--log-file=${below('log', 'munged.log')}`,
    `--seed-file=${below('munge', 'seed')}`,
  ]);
  start('slurmctld', ['-f', conf]);
  start('slurmd', ['-N', 'localhost', '-f', conf]);
  for (let tries = 0; ; tries++) {
    const { stdout } = spawnSync('sinfo', ['-h', '-o', '%T'], { env, encoding: 'utf8', timeout: 10_000 });
    if (stdout.trim() === 'idle') break;
    if (tries === 600) throw new Error(`the node is "${stdout.trim()}", not idle`);
    await sleep(100);
  }
  return {
    env,
    states(job) {
      const { stdout } = spawnSync('squeue', ['-h', '-a', '-t', 'all', '-r', '-j', job, '-o', '%i %T'], {
        env,
        encoding: 'utf8',
      });
      return Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split(' ') as [string, string]),
      );
    },
  };
}

function configuration(root: string): string {
  return `ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
SlurmctldPort=26817
SlurmdPort=26818
AuthType=auth/munge
AuthInfo=socket=${root}/munge/socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=${root}/state
SlurmdSpoolDir=${root}/spool
SlurmctldPidFile=${root}/slurmctld.pid
SlurmdPidFile=${root}/slurmd.pid
SlurmctldLogFile=${root}/log/slurmctld.log
SlurmdLogFile=${root}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MinJobAge=600
KillWait=5
JobRequeue=1
MailProg=/bin/true
NodeName=localhost NodeHostname=localhost NodeAddr=127.0.0.1 CPUs=8 RealMemory=2000 State=UNKNOWN
PartitionName=debug Nodes=localhost Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
`;
}
