#!/usr/bin/env node
import { main } from './cli/program.js';

// The runtime's official builds report what models are run, and keep a store and a log of it in the home and temporary folders, unless told before they load;
// threads share what the process was told first.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

// Whoever reads along may go away (`| head`, a log collector that died): the work goes on and ends with its own exit code.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// The only place where the process learns how it ends; setting the code lets everything that is still being written reach its end.
process.exitCode = await main(process.argv);
