/**
 * What each shell is to run. All of them ask `ocw __complete` with the words up to the cursor, the last one unfinished; it
 * answers a line for each way to finish it: the word, a tab, and what it stands for. Where there is none, it is a file.
 */
export const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_ocw() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$(printf %q "\${word%%$'\\t'*}")")
  done < <(ocw __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _ocw ocw
`,
  zsh: `#compdef ocw
_ocw() {
  local -a found
  local word about
  while IFS=$'\\t' read -r word about; do
    found+=("\${word//:/\\\\:}\${about:+:$about}")
  done < <(ocw __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe -V ocw found; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _ocw ocw
`,
  fish: `complete -c ocw -f -a '(ocw __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c ocw -n '__fish_seen_subcommand_from cp audit run' -F
`,
};
