/** Each asks the program itself, so that they never lag behind it; where it has nothing to say they complete files. */
export const completionScripts = {
  bash: `# granger completion for bash. Add to ~/.bashrc:  source <(granger completion bash)
_granger() {
  local IFS=$'\\n'
  COMPREPLY=($(granger complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _granger granger
`,
  zsh: `#compdef granger
# granger completion for zsh. Add to ~/.zshrc:  source <(granger completion zsh)
# or save as _granger in a folder of $fpath.
_granger() {
  local -a found
  found=("\${(@f)$(granger complete-words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
if [[ "\${funcstack[1]}" = _granger ]]; then
  _granger "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _granger granger
fi
`,
  fish: `# granger completion for fish. Add to ~/.config/fish/config.fish:  granger completion fish | source
# or save as ~/.config/fish/completions/granger.fish
function __granger_words
  set -l found (granger complete-words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c granger -f -a '(__granger_words)'
`,
} as const;

export type Shell = keyof typeof completionScripts;
export const shells = Object.keys(completionScripts) as Shell[];
