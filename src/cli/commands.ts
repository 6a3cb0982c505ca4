import type { CommandFile } from './command.js';

/** Every command in the order of `nightshift --help`; its file is loaded only when it is called. */
export const commands: readonly { readonly name: string; load(): Promise<CommandFile> }[] = [
  { name: 'init', load: async () => (await import('./init.js')).init },
  { name: 'run', load: async () => (await import('./run.js')).run },
  { name: 'retry', load: async () => (await import('./retry.js')).retry },
  { name: 'finish', load: async () => (await import('./finish.js')).finish },
  { name: 'check', load: async () => (await import('./check.js')).check },
  { name: 'plan', load: async () => (await import('./plan.js')).plan },
  { name: 'status', load: async () => (await import('./status.js')).status },
  { name: 'profile', load: async () => (await import('./profile.js')).profile },
  { name: 'compare', load: async () => (await import('./compare.js')).compare },
  { name: 'tune', load: async () => (await import('./tune.js')).tune },
  { name: 'report', load: async () => (await import('./report.js')).report },
  { name: 'inspect', load: async () => (await import('./inspect.js')).inspect },
  { name: 'repair', load: async () => (await import('./repair.js')).repair },
  { name: 'schema', load: async () => (await import('./schema.js')).schema },
  { name: 'completion', load: async () => (await import('./completion.js')).completionOf(commands) },
];
