// Runs a job from a program of one's own: progress as events, Ctrl-C as an AbortSignal, the report instead of a last line.
//   node run-nightly.mjs JOB DATE
import { NightshiftError, check, run } from 'nightshift';

const [job, date] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

try {
  const { ok, findings } = await check(job, { date, signal: stop.signal });
  for (const { level, about, message } of findings) console.error(`${level}: ${about}: ${message}`);
  if (!ok) process.exit(2);
  let rows = 0;
  const report = await run(job, {
    date,
    signal: stop.signal,
    onEvent(event) {
      if (event.kind === 'slice-scored') console.error(`${(rows += event.rows)} rows scored`);
    },
  });
  console.log(`${report.verdict}: ${report.rows.scored} of ${report.rows.read} rows are in ${report.output}`);
  process.exitCode = report.exit_code;
} catch (error) {
  if (!(error instanceof NightshiftError)) throw error;
  console.error(`${error.message} (${error.reason})\n  ${error.hint ?? ''}`);
  process.exitCode = error.exitCode;
}
