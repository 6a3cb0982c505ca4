import { Argument, Command, type Option } from 'commander';
import type { CommandFile } from './command.js';
import { type CommandWords, type OptionWords, shells } from './completion-scripts.js';

/** A command by name, and how its file is loaded. */
interface Listed {
  readonly name: string;
  load(): Promise<CommandFile>;
}

/** Returns `nightshift completion SHELL` for these commands. */
export const completionOf = (commands: readonly Listed[]): CommandFile => ({
  name: 'completion',
  summary: 'a script that completes commands and options in bash, zsh or fish',
  describe: (command) =>
    command.addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(shells))).addHelpText(
      'after',
      `
Install it with one of
  nightshift completion bash > ~/.local/share/bash-completion/completions/nightshift
  nightshift completion zsh > "\${fpath[1]}/_nightshift"
  nightshift completion fish > ~/.config/fish/completions/nightshift.fish
Cost: none; reads nothing but the program.`,
    ),
  async run([shell]) {
    process.stdout.write(shells[shell as keyof typeof shells](await describeCommands(commands)));
    return 0;
  },
});

/** Returns every command with the options that its `--help` lists. */
async function describeCommands(commands: readonly Listed[]): Promise<readonly CommandWords[]> {
  return Promise.all(
    commands.map(async ({ name, load }) => {
      const file = await load();
      const command = file.describe(new Command(name));
      const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
      return { name, summary: file.summary, choices, options: command.options.map(words) };
    }),
  );
}

function words({ long, short, description, flags, argChoices, required }: Option): OptionWords {
  const value = /<([^>]+)>/.exec(flags)?.[1] ?? '';
  const isPath = /^(path|file)\b/.test(value);
  const choices = argChoices ?? (value === 'date' ? ['today', 'yesterday'] : []);
  return {
    long: long!,
    short: short ?? null,
    description,
    takes: !required ? 'nothing' : isPath ? 'path' : 'value',
    choices,
  };
}
