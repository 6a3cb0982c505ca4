#!/usr/bin/env node
import { endOnSignal, start } from './cli/start.js';
import { switchCacheOff } from './process/cache-folder.js';
import { keepInspectorClosed } from './process/signals.js';

endOnSignal(process.argv);

// The runtime's official builds report which models are run, and keep a store and a log of it in the home and
// temporary folders, unless disabled before they load; threads share the setting of the process.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

// Before the program loads, because its compiled code may be in the cache.
if (process.argv.includes('--no-cache')) switchCacheOff();
keepInspectorClosed();

// The only code that sets the process's exit code; setting it lets pending writes finish.
process.exitCode = await start(process.argv);
// Node restores the default actions of signals while it ends by itself: a late one would kill what ended well.
process.on('beforeExit', () => process.exit());
