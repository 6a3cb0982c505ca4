#!/usr/bin/env node
import { main } from './cli/program.js';

// Whoever reads along may go away (`| head`, a log collector that died): the work goes on and ends with its own exit code.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// The only place where the process learns how it ends; setting the code lets everything that is still being written reach its end.
process.exitCode = await main(process.argv);
