#!/usr/bin/env node
import { main } from './cli/program.js';
import { isNohup, keepInspectorClosed } from './process/signals.js';
import { guardStreams } from './process/standard-streams.js';

// The runtime's official builds report what models are run, and keep a store and a log of it in the home and temporary folders, unless told before they load;
// threads share what the process was told first.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

keepInspectorClosed();
if (isNohup()) process.on('SIGHUP', () => {});

guardStreams();

// The only place where the process learns how it ends; setting the code lets everything that is still being written reach its end.
process.exitCode = await main(process.argv);
