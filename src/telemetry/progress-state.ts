import type { RunEvent } from '../run-event.js';

/** Progress of a run. */
export interface ProgressFigures {
  readonly partitionsEnded: number;
  readonly partitions: number;
  readonly rows: number;
  readonly rejected: number;
  readonly rowsPerSecond: number;
  /** From 0 to 1, by bytes of input; null while a compressed input is read, because the rest is unknown. */
  readonly done: number | null;
  /** Null until there is enough data for an estimate, and where `done` is null. */
  readonly etaMs: number | null;
}

interface ProgressState {
  observe(event: RunEvent): void;
  figures(): ProgressFigures;
}

/** Counts of a partition. */
interface Counted {
  readonly total: number;
  seen: number;
  rows: number;
  rejected: number;
  /** False if the share of its slices in its bytes is unknown. */
  isMeasured: boolean;
}

/** Speed is measured over the last half minute: a run slows down and speeds up with its input. */
const windowMs = 30_000;
/** Minimum time before a speed is shown. */
const settledMs = 500;

/**
 * Adds up a run's events; `now` returns milliseconds. Counts each row and slice of a partition once, even
 * after retries (the speed is that of the work, which counts them all): a partition never exceeds its own
 * bytes, and one that ended has all of them done.
 */
export function trackProgress(now: () => number): ProgressState {
  const counts = new Map<string, Counted>();
  const open = new Set<string>();
  const samples: { at: number; rows: number; bytes: number }[] = [];
  let partitions = 0;
  let ended = 0;
  let rows = 0;
  let rejected = 0;
  let worked = 0;
  let bytes = 0;
  let totalBytes = 0;
  const sample = () => {
    const at = now();
    samples.push({ at, rows: worked, bytes });
    while (samples.length > 2 && samples[1]!.at <= at - windowMs) samples.shift();
  };
  return {
    observe(event) {
      if (event.kind === 'planned') {
        partitions = event.partitions - event.skipped;
        totalBytes = event.bytes;
        sample();
      } else if (event.kind === 'partition-started') {
        const earlier = counts.get(event.partition);
        bytes -= earlier?.seen ?? 0;
        rows -= earlier?.rows ?? 0;
        rejected -= earlier?.rejected ?? 0;
        counts.set(event.partition, { total: event.bytes, seen: 0, rows: 0, rejected: 0, isMeasured: true });
        open.add(event.partition);
      } else if (event.kind === 'slice-scored') {
        worked += event.rows;
        rows += event.rows;
        rejected += event.rejected;
        const counted = counts.get(event.partition);
        if (counted !== undefined) {
          counted.rows += event.rows;
          counted.rejected += event.rejected;
          counted.isMeasured &&= event.bytes !== null;
        }
        bytes += advance(event.partition, event.bytes ?? 0);
        sample();
      } else if (event.kind === 'partition-ended') {
        ended++;
        open.delete(event.partition);
        bytes += advance(event.partition, Number.POSITIVE_INFINITY);
        sample();
      }
    },
    figures() {
      const first = samples[0];
      const ms = first === undefined ? 0 : now() - first.at;
      const bytesPerMs = ms >= settledMs ? (bytes - first!.bytes) / ms : 0;
      const isMeasured = [...open].every((partition) => counts.get(partition)!.isMeasured);
      return {
        partitionsEnded: ended,
        partitions,
        rows,
        rejected,
        rowsPerSecond: ms >= settledMs ? ((worked - first!.rows) / ms) * 1000 : 0,
        done: isMeasured ? share() : null,
        etaMs: isMeasured && bytesPerMs > 0 ? Math.max(0, totalBytes - bytes) / bytesPerMs : null,
      };
    },
  };

  function share(): number {
    if (totalBytes > 0) return Math.min(1, bytes / totalBytes);
    return ended >= partitions && partitions > 0 ? 1 : 0;
  }

  /** Counts up to `more` bytes of a partition and returns how many of them were not yet counted. */
  function advance(partition: string, more: number): number {
    const counted = counts.get(partition);
    if (counted === undefined) return 0;
    const step = Math.min(more, counted.total - counted.seen);
    counted.seen += step;
    return step;
  }
}

/** Formats a duration for people: `3s`, `4m 05s`, `2h 07m`. */
export function showDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (figure: number) => String(figure).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
}

/** Formats a count for people: `950`, `12.3 k`, `3.37 M`. */
export function showCount(count: number): string {
  if (count < 1000) return String(Math.round(count));
  const [figure, unit] =
    count < 999_500 ? [count / 1e3, 'k'] : count < 999.5e6 ? [count / 1e6, 'M'] : [count / 1e9, 'G'];
  return `${figure.toPrecision(3)} ${unit}`;
}
