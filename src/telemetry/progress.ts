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
 * Opens a bar on a terminal, or a log line about every ten seconds elsewhere; only warnings if `quiet`. Loads cli-progress only for a bar.
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
    rows_per_second: Math.round(figures.rowsPerSecond),
    percent: Math.round(figures.done * 1000) / 10,
    eta_s: figures.etaMs === null ? null : Math.round(figures.etaMs / 1000),
  };
}

async function drawBar({ stream, now = Date.now }: ProgressOptions): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const width = () => stream.columns ?? Number.POSITIVE_INFINITY;
  const bars = new cliProgress.MultiBar({
    stream,
    ...barFor(width()),
    barCompleteChar: '█',
    barIncompleteChar: '░',
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
    bar?.update(Math.floor(figures.done * 1000), {
      ended: figures.partitionsEnded,
      partitions: figures.partitions,
      rows: showCount(figures.rows),
      speed: showCount(figures.rowsPerSecond),
      eta_text: figures.etaMs === null ? '' : `${showDuration(figures.etaMs)} left`,
    });
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
        bar ??= bars.create(1000, 0, { ended: 0, partitions: 0, rows: '0', speed: '0', eta_text: '' });
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

/** Returns a bar that fits on a line of the terminal with the texts beside it, or without those that do not fit. */
function barFor(width: number): { readonly format: string; readonly barsize: number } {
  const beside = 62;
  const format = '{percentage}%  {ended}/{partitions} files  {rows} rows  {speed} rows/s  {eta_text}';
  if (width >= beside + 8) return { format: `{bar} ${format}`, barsize: Math.min(24, width - beside) };
  return { format: width >= beside ? format : '{percentage}%  {rows} rows  {eta_text}', barsize: 8 };
}
