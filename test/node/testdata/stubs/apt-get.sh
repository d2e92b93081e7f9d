words=("$@")
for ((i = 0; i < ${#words[@]}; i++)); do
  if [[ ${words[i]} == install ]]; then
    printf '%s\n' "${words[@]:i+1}" >>/record/installed
  fi
done
