// Scores rows as a web service would, with the repairs and the scores of the nightly run over the same job file.
//   node score-requests.mjs JOB DATE < requests.jsonl      one array of rows on each line; the answers in the same order
import { createInterface } from 'node:readline';
import { NightshiftError, openScorer } from 'nightshift';

const [job, date] = process.argv.slice(2);
const scorer = await openScorer(job, { date });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const results = await scorer.score(JSON.parse(line));
    const answers = results.map(({ status, scores, problems }) => ({
      status,
      scores,
      problems: problems.map(({ code, column }) => ({ code, column })),
    }));
    console.log(JSON.stringify(answers));
  } catch (error) {
    if (!(error instanceof NightshiftError)) throw error;
    console.log(JSON.stringify({ reason: error.reason, message: error.message, hint: error.hint }));
  }
}
await scorer.close();
