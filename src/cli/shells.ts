/** Tab completion for each shell, from one vocabulary. */

export interface Vocabulary {
  readonly verbs: readonly VerbWords[];
  /** Data that come along, as `demo:digits`. */
  readonly data: readonly string[];
}

interface VerbWords {
  readonly name: string;
  readonly summary: string;
  /** What may come instead of a file. */
  readonly words: readonly string[];
  readonly options: readonly OptionWords[];
}

interface OptionWords {
  readonly long: string;
  readonly short: string;
  readonly help: string;
  readonly takesValue: boolean;
  /** Values by name; a file where there are none. */
  readonly words: readonly string[];
}

/** A shell's script; adding a shell is one line here. */
export const shells: Readonly<Record<string, (vocabulary: Vocabulary) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript({ verbs, data }: Vocabulary): string {
  const cases = verbs.map(({ name, options, words }) => {
    const flags = options.flatMap(({ long, short }) => (short === "" ? [long] : [long, short]));
    return `    ${name}) options="${flags.join(" ")}"; words="${[...words, ...data].join(" ")}" ;;`;
  });
  const named = new Map(
    verbs.flatMap(({ options }) =>
      options.filter(({ words }) => words.length > 0).map(({ long, words }) => [long, words]),
    ),
  );
  const values = [...named].map(
    ([long, words]) =>
      `    ${long}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$current")); return ;;`,
  );
  return `# bash completion for ae: eval "$(ae completion bash)"
_ae() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" options="" words=""
  COMPREPLY=()
  # The shell takes demo:digits for three words.
  if [[ "$current" == ":" && "$previous" == "demo" ]]; then current="demo:"; fi
  if [[ "$previous" == ":" && "\${COMP_WORDS[COMP_CWORD-2]}" == "demo" ]]; then current="demo:$current"; fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${verbs.map(({ name }) => name).join(" ")} --help --version" -- "$current"))
    return
  fi
  case "$previous" in
${values.join("\n")}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ "$current" == demo:* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    COMPREPLY=("\${COMPREPLY[@]#demo:}")
  else
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
    [[ -n "$current" || "$words" != demo:* ]] && COMPREPLY+=($(compgen -W "$words" -- "$current"))
  fi
}
complete -F _ae ae
`;
}

function zshScript({ verbs, data }: Vocabulary): string {
  const verbLines = verbs.map(
    ({ name, summary }) => `    ${single(`${zshName(name)}:${summary}`)}`,
  );
  const cases = verbs.map(({ name, options, words }) => {
    const specs = options.flatMap(({ long, short, help, takesValue, words: values }) =>
      [long, short]
        .filter((flag) => flag !== "")
        .map((flag) => {
          const value = !takesValue
            ? ""
            : values.length > 0
              ? `:value:(${values.join(" ")})`
              : ":value:_files";
          return `        ${single(`*${flag}[${help.replaceAll(/[[\]\\:]/g, String.raw`\$&`)}]${value}`)}`;
        }),
    );
    const plain = [...words, ...data.map(zshName)].join(" ");
    return `      ${name})
        _arguments -S \\
${[...specs, `        ${single(`*:data:_alternative "files:file:_files" "words:word:(${plain})"`)}`].join(" \\\n")} ;;`;
  });
  return `#compdef ae
# zsh completion for ae: eval "$(ae completion zsh)"
_ae() {
  local -a verbs=(
${verbLines.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $verb in
${cases.join("\n")}
  esac
}
if [[ \${funcstack[1]} == _ae ]]; then _ae "$@"; else compdef _ae ae; fi
`;
}

function fishScript({ verbs, data }: Vocabulary): string {
  const lines = verbs.flatMap(({ name, summary, options, words }) => {
    const here = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c ae -n __fish_use_subcommand -f -a ${name} -d ${single(summary)}`,
      ...options.map(({ long, short, help, takesValue, words: values }) => {
        const flags = [
          `-l ${long.replace(/^--/, "")}`,
          ...(short === "" ? [] : [`-s ${short.replace(/^-/, "")}`]),
          ...(takesValue ? ["-r"] : []),
          ...(values.length > 0 ? [`-f -a ${single(values.join(" "))}`] : []),
        ];
        return `complete -c ae ${here} ${flags.join(" ")} -d ${single(help)}`;
      }),
      `complete -c ae ${here} -a ${single([...words, ...data].join(" "))}`,
    ];
  });
  return `# fish completion for ae: ae completion fish > ~/.config/fish/completions/ae.fish
${lines.join("\n")}
`;
}

function zshName(word: string): string {
  return word.replaceAll(":", String.raw`\:`);
}

/** In single quotes, for any of the shells. */
function single(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
