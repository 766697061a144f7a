# Completion for bash: the command itself says what can stand where.

_outdial() {
  local cur words cword line word kept=''
  _get_comp_words_by_ref -n '=:' cur words cword
  # What readline keeps of the word, as a new one begins there for it.
  [[ $COMP_WORDBREAKS != *=* ]] || kept=${cur%"${cur##*[=:]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    word=${line%%$'\t'*}
    case $word in
    :files) _outdial_add f "${cur#"$kept"}" ;;
    :folders) _outdial_add d "${cur#"$kept"}" ;;
    *) COMPREPLY+=("${word#"$kept"}") ;;
    esac
  done < <("$1" --complete "${words[@]:1:cword}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} != 1 || $COMPREPLY != *= ]] || compopt -o nospace
}

_outdial_add() {
  local names
  mapfile -t names < <(compgen -"$1" -- "$2")
  COMPREPLY+=("${names[@]}")
  compopt -o filenames
}

complete -F _outdial outdial
