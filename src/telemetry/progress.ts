import type { RunEvent } from '../run-event.js';
import { printable } from '../text/printable.js';
import type { Log } from './log.js';
import { type ProgressFigures, showCount, showDuration, trackProgress } from './progress-state.js';
import { withoutSecrets } from './secrets.js';
import { wrapLine } from './wrap-line.js';

/** Shows the progress of a run; the run only knows `observe`. */
interface Progress {
  readonly observe: (event: RunEvent) => void;
  /** Stops and restores the terminal; may be called twice. */
  stop(): void;
}

interface ProgressOptions {
  /** Standard error, which shows a bar if it is a terminal. */
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly quiet: boolean;
  /** Allows a bar; defaults to true if the stream is a terminal. */
  readonly bar?: boolean;
  readonly log: Log;
  /** Milliseconds; defaults to `Date.now`. */
  readonly now?: () => number;
}

const logEveryMs = 10_000;

/**
 * Opens a bar on a terminal, else a log line every ten seconds; only warnings if `quiet`. Loads cli-progress
 * only for a bar.
 */
export async function openProgress(options: ProgressOptions): Promise<Progress> {
  if (options.quiet) return onlyWarnings(options.log);
  return (options.bar ?? options.stream.isTTY === true) ? drawBar(options) : logLines(options);
}

function onlyWarnings(log: Log): Progress {
  return {
    observe(event) {
      if (event.kind === 'note' && event.level === 'warn') log.warn(event.message, partitionField(event));
      if (event.kind === 'partition-ended' && event.message !== null)
        log.warn(event.message, { partition: event.partition });
    },
    stop() {},
  };
}

function partitionField({ partition }: { readonly partition?: string }): { readonly partition?: string } {
  return partition === undefined ? {} : { partition };
}

function logLines({ log, now = Date.now }: ProgressOptions): Progress {
  const state = trackProgress(now);
  const logProgress = () => log.info('progress', figuresAsFields(state.figures()));
  let timer: NodeJS.Timeout | null = null;
  return {
    observe(event) {
      state.observe(event);
      if (event.kind === 'planned') {
        const { runId, partitions, skipped, bytes, workers } = event;
        log.info('planned', { run_id: runId, partitions, skipped, bytes, workers });
        timer ??= setInterval(logProgress, logEveryMs).unref();
      } else if (event.kind === 'partition-ended') {
        const { partition, state: ended, rows, message, durationMs } = event;
        const fields = {
          partition,
          state: ended,
          rows_read: rows.read,
          rows_rejected: rows.rejected,
          duration_ms: durationMs,
        };
        if (message === null) log.info('partition ended', fields);
        else log.warn(message, fields);
      } else if (event.kind === 'note') {
        log[event.level](event.message, partitionField(event));
      }
    },
    stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
}

function figuresAsFields(figures: ProgressFigures): Record<string, number | null> {
  return {
    partitions_ended: figures.partitionsEnded,
    partitions: figures.partitions,
    rows: figures.rows,
    rows_rejected: figures.rejected,
    rows_per_second: Math.round(figures.rowsPerSecond),
    percent: figures.done === null ? null : Math.round(figures.done * 1000) / 10,
    eta_s: figures.etaMs === null ? null : Math.round(figures.etaMs / 1000),
  };
}

async function drawBar({ stream, now = Date.now }: ProgressOptions): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  // A terminal that does not say how wide it is says 0.
  const width = () => stream.columns || Number.POSITIVE_INFINITY;
  const bars = new cliProgress.MultiBar({
    stream,
    // Clearing the rest of the line would clear the last column too.
    format: (_options, _params, { figures }: { figures: ProgressFigures }) =>
      progressLine(figures, width() - 1),
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    gracefulExit: false,
    fps: 8,
  });
  const state = trackProgress(now);
  let bar: ReturnType<typeof bars.create> | null = null;
  const draw = () => {
    const figures = state.figures();
    bar?.update(Math.floor((figures.done ?? 0) * 1000), { figures });
  };
  const say = (text: string) => {
    // The terminal does not wrap lines while it shows a bar.
    const lines = `${wrapLine(printable(withoutSecrets(text)), width(), 2).join('\n')}\n`;
    if (bar === null) stream.write(lines);
    else bars.log(lines);
  };
  return {
    observe(event) {
      state.observe(event);
      if (event.kind === 'planned' && event.partitions > event.skipped) {
        bar ??= bars.create(1000, 0, { figures: state.figures() });
      } else if (event.kind === 'note')
        say(event.level === 'warn' ? `warning: ${event.message}` : event.message);
      else if (event.kind === 'partition-ended' && event.message !== null)
        say(`${event.partition}: ${event.message}`);
      draw();
    },
    stop() {
      if (bar !== null) bars.stop();
      bar = null;
    },
  };
}

const longestBar = 24;
const shortestBar = 8;

/**
 * Returns the figures on one line of at most `width` columns: the least important figures are left out first,
 * and a bar fills the rest. If the total is unknown, there is no bar, share or remaining time.
 */
export function progressLine(figures: ProgressFigures, width: number): string {
  const { done, etaMs, partitions, partitionsEnded, rows, rejected, rowsPerSecond } = figures;
  // The greater the rank, the sooner it is left out.
  const parts: (readonly [rank: number, text: string])[] = [
    [1, done === null ? 'size unknown' : `${Math.floor(done * 100)}%`],
    [4, `${partitionsEnded}/${partitions} files`],
    [0, `${showCount(rows)} rows`],
    [3, `${showCount(rowsPerSecond)} rows/s`],
    [2, `${showCount(rejected)} rejected`],
    ...(etaMs === null ? [] : [[2, `${showDuration(etaMs)} left`] as const]),
  ];
  const lineOf = (most: number) =>
    parts
      .filter(([rank]) => rank <= most)
      .map(([, text]) => text)
      .join('  ');
  const fits = [4, 3, 2, 1, 0].map(lineOf).find((line) => line.length <= width) ?? lineOf(0).slice(0, width);
  const room = Math.min(longestBar, width - fits.length - 2);
  if (done === null || room < shortestBar) return fits;
  const full = Math.floor(done * room);
  return `${'█'.repeat(full)}${'░'.repeat(room - full)}  ${fits}`;
}
