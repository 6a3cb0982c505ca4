#!/usr/bin/env node
import { main } from './cli/program.js';

// The only place where the process learns how it ends; setting the code lets everything that is still being written reach its end.
process.exitCode = await main(process.argv);
