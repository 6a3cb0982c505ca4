import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A task instance as Airflow's API describes it. */
interface TaskInstance {
  readonly task_id: string;
  readonly map_index: number;
  readonly state: string | null;
  readonly try_number: number;
}

/** An Airflow with its real scheduler on this machine, for one test. */
export interface Airflow {
  /** Starts a run of a DAG and returns its id. */
  trigger(dag: string, conf: object): Promise<string>;
  /** Waits until a run has ended; returns its state, and its tasks as `task[map index]: state, tries`. */
  ended(
    dag: string,
    run: string,
  ): Promise<{ readonly state: string; readonly tasks: Readonly<Record<string, string>> }>;
  /** Clears one mapped task with what follows it. */
  clear(dag: string, run: string, task: string, mapIndex: number): Promise<void>;
  stop(): Promise<void>;
}

/** The folder of a virtual environment with Airflow 3, as `NIGHTSHIFT_AIRFLOW` names it. */
const home = process.env['NIGHTSHIFT_AIRFLOW'];

/** Returns why Airflow is not started here; null if it is. */
export function whyNoAirflow(): string | null {
  if (process.env['NIGHTSHIFT_INTEGRATION'] === undefined) return 'only in `make integration`';
  if (home === undefined) return 'NIGHTSHIFT_AIRFLOW does not name a virtual environment with Airflow 3';
  return existsSync(join(home, 'bin/airflow')) ? null : `there is no ${home}/bin/airflow`;
}

const port = 28080;
const url = `http://127.0.0.1:${port}`;

/** Starts the API server and the scheduler over the DAGs of a folder, with all their files below `root`. */
export async function startAirflow(root: string, dags: string, more: NodeJS.ProcessEnv): Promise<Airflow> {
  const env = { ...process.env, ...settings(root, dags), ...more };
  const airflow = join(home!, 'bin/airflow');
  mkdirSync(join(root, 'out'), { recursive: true });
  for (const args of [
    ['db', 'migrate'],
    ['dags', 'reserialize'],
  ]) {
    const { status, stdout, stderr } = spawnSync(airflow, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`airflow ${args.join(' ')}: ${stdout}\n${stderr}`);
  }
  const start = (name: string, args: readonly string[]): ChildProcess => {
    const out = openSync(join(root, 'out', `${name}.log`), 'w');
    return spawn(airflow, [name, ...args], { env, detached: true, stdio: ['ignore', out, out] });
  };
  const processes = [
    start('api-server', ['--host', '127.0.0.1', '--port', String(port), '--workers', '1']),
    start('scheduler', ['--skip-serve-logs']),
  ];
  const stop = async (): Promise<void> => {
    for (const { pid } of processes.toReversed()) await endGroup(pid!);
  };
  try {
    await until(async () => {
      const health = (await ask('GET', '/api/v2/monitor/health', null, null)) as {
        scheduler: { status: string };
      };
      return health.scheduler.status === 'healthy';
    });
    const { access_token: token } = (await ask('GET', '/auth/token', null, null)) as { access_token: string };
    return { ...api(token), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function api(token: string): Omit<Airflow, 'stop'> {
  return {
    async trigger(dag, conf) {
      const made = await ask('POST', `/api/v2/dags/${dag}/dagRuns`, { logical_date: null, conf }, token);
      return (made as { dag_run_id: string }).dag_run_id;
    },
    async ended(dag, run) {
      const path = `/api/v2/dags/${dag}/dagRuns/${run}`;
      let state = '';
      await until(async () => {
        ({ state } = (await ask('GET', path, null, token)) as { state: string });
        return state === 'success' || state === 'failed';
      });
      const listed = (await ask('GET', `${path}/taskInstances?limit=100`, null, token)) as {
        task_instances: TaskInstance[];
      };
      const tasks = listed.task_instances.map(
        (one) =>
          [
            one.map_index < 0 ? one.task_id : `${one.task_id}[${one.map_index}]`,
            `${one.state}, ${one.try_number}`,
          ] as const,
      );
      return { state, tasks: Object.fromEntries(tasks) };
    },
    async clear(dag, run, task, mapIndex) {
      const body = {
        dry_run: false,
        dag_run_id: run,
        task_ids: [[task, mapIndex]],
        include_downstream: true,
        only_failed: true,
        reset_dag_runs: true,
      };
      await ask('POST', `/api/v2/dags/${dag}/clearTaskInstances`, body, token);
    },
  };
}

async function ask(
  method: string,
  path: string,
  body: object | null,
  token: string | null,
): Promise<unknown> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Asks again until it is so; an error counts as no while something starts. Throws after five minutes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++, await sleep(500)) if (await isSo().catch(() => false)) return;
  throw new Error('Airflow did not get there in five minutes');
}

/** Ends a process and what it started: both are a group of their own. */
async function endGroup(pid: number): Promise<void> {
  try {
    process.kill(-pid, 'SIGTERM');
    for (let tries = 0; tries < 100; tries++, await sleep(100)) process.kill(-pid, 0);
    process.kill(-pid, 'SIGKILL');
  } catch {}
}

function settings(root: string, dags: string): NodeJS.ProcessEnv {
  return {
    AIRFLOW_HOME: join(root, 'home'),
    PATH: `${home}/bin:${process.env['PATH']}`,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGS_FOLDER: dags,
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    AIRFLOW__CORE__PARALLELISM: '4',
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: 'True',
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${url}/execution/`,
    AIRFLOW__API__HOST: '127.0.0.1',
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__WORKERS: '1',
    AIRFLOW__API__BASE_URL: url,
    AIRFLOW__API_AUTH__JWT_SECRET: 'for-tests-only'.repeat(6),
    AIRFLOW__API__SECRET_KEY: 'for-tests-only',
    AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.2',
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    // Otherwise each short task holds its slot for six seconds.
    AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: '1',
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
  };
}
