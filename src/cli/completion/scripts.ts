import type { Command } from 'commander'

/** What can be typed behind some words: `jobs` has the commands `submit` …, `jobs submit` the options `--rule` …. */
interface Place {
  /** The words before it, without the program: `jobs submit`; `''` for the program itself. */
  readonly words: string
  readonly commands: readonly { readonly name: string; readonly says: string }[]
  readonly options: readonly { readonly name: string; readonly says: string; readonly choices: readonly string[] }[]
}

function placesOf(command: Command, words: readonly string[] = []): readonly Place[] {
  const here: Place = {
    words: words.join(' '),
    commands: command.commands.map((one) => ({ name: one.name(), says: firstLine(one.description()) })),
    options: command.options.flatMap(({ long, description, argChoices }) =>
      long == null ? [] : [{ name: long, says: firstLine(description), choices: argChoices ?? [] }],
    ),
  }
  return [here, ...command.commands.flatMap((one) => placesOf(one, [...words, one.name()]))]
}

function firstLine(text: string): string {
  return text.split('\n')[0]!
}

/** Within single quotes of a shell. */
const quoted = (text: string): string => text.replaceAll("'", "'\\''")

/** The shell's pattern for the words of every place but the first. */
const allPlaces = (places: readonly Place[]): string =>
  places
    .slice(1)
    .map(({ words }) => `'${words}'`)
    .join('|')

export function bashScript(program: Command): string {
  const places = placesOf(program)
  const wordsOf = ({ commands, options }: Place): string =>
    [...commands, ...options]
      .map(({ name }) => name)
      .concat('--help')
      .join(' ')
  return `# bash completion of pixmill: source <(pixmill completion bash)
_pixmill() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} place='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${place:+$place }\${COMP_WORDS[i]}" in
      ${allPlaces(places)}) place="\${place:+$place }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$place $before" in
${choiceCases(places, (choices) => `words='${quoted(choices.join(' '))}'`)}
    *)
      case "$place" in
${places.map((place) => `        '${place.words}') words='${quoted(wordsOf(place))}' ;;`).join('\n')}
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  # Nothing of ours: most likely a file.
  [[ \${#COMPREPLY[@]} -gt 0 || $current == -* ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _pixmill pixmill
`
}

export function zshScript(program: Command): string {
  const places = placesOf(program)
  const described = ({ name, says }: { name: string; says: string }): string =>
    `'${quoted(name.replaceAll(':', '\\:'))}:${quoted(says)}'`
  return `#compdef pixmill
# zsh completion of pixmill: pixmill completion zsh > "\${fpath[1]}/_pixmill"
_pixmill() {
  local place='' i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "\${place:+$place }\${words[i]}" in
      ${allPlaces(places)}) place="\${place:+$place }\${words[i]}" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${choiceCases(places, (choices) => `found=(${choices.map((one) => `'${quoted(one)}'`).join(' ')})`)}
    *)
      case "$place" in
${places
  .map(
    ({ words, commands, options }) =>
      `        '${words}') found=(${[...commands, ...options].map(described).join(' ')}) ;;`,
  )
  .join('\n')}
      esac
      ;;
  esac
  _describe 'pixmill' found || _files
}
if [ "$funcstack[1]" = '_pixmill' ]; then _pixmill "$@"; else compdef _pixmill pixmill; fi
`
}

/** A case for each option that has choices, behind which those are completed. */
function choiceCases(places: readonly Place[], set: (choices: readonly string[]) => string): string {
  return places
    .flatMap(({ words, options }) =>
      options
        .filter(({ choices }) => choices.length > 0)
        .map(({ name, choices }) => `    '${words} ${name}') ${set(choices)} ;;`),
    )
    .join('\n')
}

export function fishScript(program: Command): string {
  const lines = placesOf(program).flatMap(({ words, commands, options }) => {
    const when = `'__pixmill_at ${quoted(words)}'`
    return [
      ...commands.map(({ name, says }) => `complete -c pixmill -f -n ${when} -a '${name}' -d '${quoted(says)}'`),
      ...options.map(({ name, says, choices }) => {
        const values = choices.length === 0 ? '' : ` -x -a '${quoted(choices.join(' '))}'`
        return `complete -c pixmill -n ${when} -l '${name.slice(2)}' -d '${quoted(says)}'${values}`
      }),
    ]
  })
  return `# fish completion of pixmill: pixmill completion fish > ~/.config/fish/completions/pixmill.fish
# Whether the words behind the program that are no options begin with these.
function __pixmill_at
    set -l typed (commandline -opc | string match -v -- '-*')
    set -e typed[1]
    set -l asked (count $argv)
    if test $asked -eq 0
        test (count $typed) -eq 0
        return
    end
    test (count $typed) -ge $asked; and test "$typed[1..$asked]" = "$argv"
end
${lines.join('\n')}
`
}
