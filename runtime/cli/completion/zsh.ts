// For zsh, by eval after compinit, or as a file _terrarium in a directory of $fpath.
export const ZSH = `#compdef terrarium
# zsh completion for terrarium: eval "$(terrarium completion zsh)"
_terrarium() {
  local -a lines spaced joined
  local line value rest=nothing prefix ret=1
  lines=("\${(@f)$(\${~words[1]} __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  for line in $lines; do
    value=\${line%%$'\\t'*}
    case $line in
      (:*) rest=\${value#:} prefix=\${line#*$'\\t'} ;;
      (*[=:,]$'\\t'*) joined+=("\${value//:/\\\\:}:\${line#*$'\\t'}") ;;
      (*) spaced+=("\${value//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( ! $#spaced )) || { _describe -t values value spaced && ret=0 }
  (( ! $#joined )) || { _describe -t values value joined -S '' && ret=0 }
  [[ -z $prefix ]] || compset -P "\${(b)prefix}"
  case $rest in
    (files) _files && ret=0 ;;
    (directories) _files -/ && ret=0 ;;
  esac
  return ret
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _terrarium "$@"
else
  compdef _terrarium terrarium
fi
`;
