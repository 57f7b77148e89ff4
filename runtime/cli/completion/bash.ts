// For bash 4.4 and newer. bash splits words at `=` and `:`, so they are put together again, and of
// an answer only what follows the last of these is inserted. Needs no bash-completion.
export const BASH = `# bash completion for terrarium: eval "$(terrarium completion bash)"
_terrarium() {
  local rest=\${COMP_LINE:0:COMP_POINT} breaks=\${COMP_WORDBREAKS//[^:=]/}
  local words=() lines=() word piece line cut= i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${rest#"\${rest%%[![:space:]]*}"}
    piece=\${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || piece=$word
    if ((i > 0)) && [[ $word == "$rest" ]]; then words[-1]+=$piece; else words+=("$piece"); fi
    rest=\${word#"$piece"}
  done
  word=\${words[-1]}
  [[ -z $breaks ]] || cut=\${word%"\${word##*[$breaks]}"}
  COMPREPLY=()
  mapfile -t lines < <("\${1/#\\~/$HOME}" __complete "\${words[@]:1}" 2>/dev/null)
  for line in "\${lines[@]}"; do
    case $line in
      :files*) compopt -o default ;;
      :directories*) compopt -o dirnames ;;
      :*) ;;
      *)
        line=\${line%%$'\\t'*}
        COMPREPLY+=("\${line#"$cut"}")
        [[ $line != *[=:,] ]] || compopt -o nospace
        ;;
    esac
  done
}
complete -F _terrarium terrarium
`;
