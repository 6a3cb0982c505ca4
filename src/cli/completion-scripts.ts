/** An option as a shell completes it. */
export interface OptionWords {
  readonly long: string;
  readonly short: string | null;
  readonly description: string;
  readonly takes: 'nothing' | 'path' | 'value';
  readonly choices: readonly string[];
}

/** A command as a shell completes it; `choices` are those of its argument; without choices it is a path. */
export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly choices: readonly string[];
  readonly options: readonly OptionWords[];
}

/** The script of each shell. */
export const shells = { bash, zsh, fish };

function bash(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name);
  const cases = commands.map(({ name, options, choices }) => {
    const all = [
      ...options.flatMap(({ long, short }) => (short === null ? [long] : [long, short])),
      '--help',
    ];
    return `    ${name}) options='${all.join(' ')}' choices='${choices.join(' ')}' ;;`;
  });
  const values = distinctValues(commands).map(([option, words]) => `    ${option}) choices='${words}' ;;`);
  const free = valueOptions(commands);
  return `# Completes nightshift in bash; written by: nightshift completion bash
_nightshift() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command='' word options='' choices=''
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  if [ -z "$command" ]; then
    COMPREPLY=($(compgen -W '${[...names, 'help', '--help', '--version'].join(' ')}' -- "$current"))
    return
  fi
  case "$previous" in
${values.join('\n')}
    ${free.join('|')}) return ;;
  esac
  if [ -n "$choices" ]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
    return
  fi
  case "$command" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) [ -z "$choices" ] || COMPREPLY=($(compgen -W "$choices" -- "$current")) ;;
  esac
}
complete -o default -F _nightshift nightshift
`;
}

/** Returns the options whose values are known, once each: an option means the same in every command. */
function distinctValues(commands: readonly CommandWords[]): readonly (readonly [string, string])[] {
  const known = commands.flatMap(({ options }) => options.filter(({ choices }) => choices.length > 0));
  return [...new Map(known.map(({ long, choices }) => [long, choices.join(' ')]))];
}

/** Returns the options that take an arbitrary value, with their short forms. */
function valueOptions(commands: readonly CommandWords[]): readonly string[] {
  const taking = commands.flatMap(({ options }) =>
    options.filter(({ takes, choices }) => takes !== 'nothing' && choices.length === 0),
  );
  return [...new Set(taking.flatMap(({ long, short }) => (short === null ? [long] : [long, short])))];
}

function zsh(commands: readonly CommandWords[]): string {
  const listed = commands.map(
    ({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map(({ name, options, choices }) => {
    const specs = options.flatMap((option) => zshOption(option));
    const rest = choices.length > 0 ? quoted(`1: :(${choices.join(' ')})`) : quoted('*:file:_files');
    return `        ${name}) _arguments ${[...specs, quoted('--help[display help for command]'), rest].join(' \\\n          ')} ;;`;
  });
  return `#compdef nightshift
# Completes nightshift in zsh; written by: nightshift completion zsh
_nightshift() {
  local state
  local -a commands
  commands=(
${listed.join('\n')}
  )
  _arguments -C '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _nightshift ]; then
  _nightshift "$@"
else
  compdef _nightshift nightshift
fi
`;
}

function zshOption({ long, short, description, takes, choices }: OptionWords): string[] {
  const about = description.replace(/[[\]:\\]/g, '\\$&');
  const value =
    choices.length > 0
      ? `:value:(${choices.join(' ')})`
      : takes === 'path'
        ? ':path:_files'
        : takes === 'value'
          ? ':value: '
          : '';
  return [long, ...(short === null ? [] : [short])].map((name) => quoted(`${name}[${about}]${value}`));
}

function fish(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const none = `-n ${quoted(`not __fish_seen_subcommand_from ${names}`)}`;
  const lines = commands.flatMap(({ name, summary, options, choices }) => {
    const within = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    const words =
      choices.length > 0 ? [`complete -c nightshift ${within} -f -a ${quoted(choices.join(' '))}`] : [];
    return [
      `complete -c nightshift -f ${none} -a ${name} -d ${quoted(summary)}`,
      ...words,
      ...options.map(({ long, short, description, takes, choices: values }) => {
        const form = `-l ${long.slice(2)}${short === null ? '' : ` -s ${short.slice(1)}`}`;
        const value =
          values.length > 0
            ? ` -x -a ${quoted(values.join(' '))}`
            : takes === 'path'
              ? ' -r -F'
              : takes === 'value'
                ? ' -x'
                : '';
        return `complete -c nightshift ${within} ${form}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completes nightshift in fish; written by: nightshift completion fish\n${lines.join('\n')}\n`;
}

/** Returns a text in single quotes, escaped for all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
