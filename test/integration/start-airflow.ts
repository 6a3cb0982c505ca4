import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Guard, installed, whyNot } from './engines.js';

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
  /** Returns the runs whose tasks have updated an asset, one for each event. */
  updates(asset: string): Promise<readonly string[]>;
}

/** Returns why Airflow is not started here; null if it is. */
export function whyNoAirflow(): string | null {
  return whyNot('airflow');
}

const port = 28080;
const url = `http://127.0.0.1:${port}`;

/** Starts the API server and the scheduler over the DAGs of a folder, with all their files below `root`. */
export async function startAirflow(
  root: string,
  guard: Guard,
  dags: string,
  more: NodeJS.ProcessEnv,
): Promise<Airflow> {
  const env = { ...guard.env, ...settings(root, dags), ...more };
  const airflow = installed('airflow');
  mkdirSync(join(root, 'out'), { recursive: true });
  for (const args of [
    ['db', 'migrate'],
    ['dags', 'reserialize'],
  ]) {
    const { status, stdout, stderr } = spawnSync(airflow, args, { env, encoding: 'utf8', timeout: 180_000 });
    if (status !== 0) throw new Error(`airflow ${args.join(' ')} ended with ${status}: ${stdout}\n${stderr}`);
  }
  const start = (name: string, args: readonly string[]): ChildProcess =>
    guard.spawn(airflow, [name, ...args], env, openSync(join(root, 'out', `${name}.log`), 'w'));
  const processes = {
    'api-server': start('api-server', ['--host', '127.0.0.1', '--port', String(port), '--workers', '1']),
    scheduler: start('scheduler', ['--skip-serve-logs']),
  };
  await until(async () => {
    for (const [name, { exitCode }] of Object.entries(processes)) {
      const log = join(root, 'out', `${name}.log`);
      if (exitCode !== null) throw new Ended(`${name} ended: ${readFileSync(log, 'utf8').slice(-400)}`);
    }
    const health = await ask('GET', '/api/v2/monitor/health', null, null);
    return (health as { scheduler: { status: string } }).scheduler.status === 'healthy';
  });
  const { access_token: token } = (await ask('GET', '/auth/token', null, null)) as { access_token: string };
  return api(token);
}

class Ended extends Error {}

function api(token: string): Airflow {
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
    async updates(asset) {
      const { asset_events } = (await ask('GET', '/api/v2/assets/events?limit=100', null, token)) as {
        asset_events: readonly { readonly name: string; readonly source_run_id: string }[];
      };
      return asset_events.filter((event) => event.name === asset).map(({ source_run_id }) => source_run_id);
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

/** Asks again until it is so; an error counts as no while something starts. Throws after three minutes. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const no = (error: unknown) => {
    if (error instanceof Ended) throw error;
    return false;
  };
  for (let tries = 0; tries < 360; tries++, await sleep(500)) if (await isSo().catch(no)) return;
  throw new Error('Airflow did not get there in three minutes');
}

function settings(root: string, dags: string): NodeJS.ProcessEnv {
  return {
    AIRFLOW_HOME: join(root, 'home'),
    PATH: `${dirname(installed('airflow'))}:${process.env['PATH']}`,
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
    // Otherwise a task fails on a busy machine whose API takes five seconds to answer.
    AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT: '60',
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
  };
}
