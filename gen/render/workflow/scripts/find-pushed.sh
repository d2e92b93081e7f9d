#!/usr/bin/env bash
# Says which images the push makes, or why the tag makes none.
set -euo pipefail

refuse() {
  echo "::error::$*"
  exit 1
}

# at FILE: a file of the branch that Flux reads. Nothing when the branch has no such file.
at() {
  if git cat-file -e "origin/$BRANCH:$1" 2>/dev/null; then
    git show "origin/$BRANCH:$1"
  fi
}

# image KEY: one key of "image" in an app's values.yaml, from standard input.
image() {
  awk -v key="$1:" '/^[^ ]/ { inside = ($0 == "image:") } inside && $1 == key { gsub(/["\x27]/, "", $2); print $2; exit }'
}

# policy APP: the versions that the ImagePolicy takes. Nothing for a pinned image, which has no policy.
policy() {
  local file
  file=$(git ls-tree -r --name-only "origin/$BRANCH" platform/flux-image-automation/ | awk -v app="$1" -F/ '$NF == app ".yaml"')
  [[ -z $file ]] || at "$file" | awk '$1 == "semver:" { inside = 1 } inside && $1 == "range:" { sub(/^ *range: /, ""); gsub(/^["\x27]|["\x27]$/, ""); print; exit }'
}

# judge VERSION RANGE DEPLOYED: "taken", "outside" of the range, "older" than what is deployed, or "unknown" for a range
# with wildcards or hyphens, which is left to Flux.
judge() {
  jq --null-input --raw-output --arg version "$1" --arg range "$2" --arg deployed "$3" '
    def version:
      [scan("^([0-9]+)\\.([0-9]+)\\.([0-9]+)(?:-([0-9A-Za-z.-]+))?$")] | first // null
      | if . == null then null
        else (.[0:3] | map(tonumber)) + [if .[3] == null then [1] else
          [0] + (.[3] | split(".") | map(if test("^[0-9]+$") then [0, tonumber] else [1, .] end)) end]
        end;
    def above: # the first version that a caret does not take
      if .[0] > 0 then [.[0] + 1, 0, 0] elif .[1] > 0 then [0, .[1] + 1, 0] else [0, 0, .[2] + 1] end | . + [[0]];
    def comparator($v):
      [scan("^(>=|<=|!=|>|<|=|\\^|~)?(.*)$")][0] | .[0] as $op | (.[1] | version) as $c
      | if $c == null then null
        elif $op == ">=" then $v >= $c elif $op == ">" then $v > $c
        elif $op == "<=" then $v <= $c elif $op == "<" then $v < $c
        elif $op == "!=" then $v != $c
        elif $op == "^" then $v >= $c and $v < ($c | above)
        elif $op == "~" then $c[0:3] == [0, 0, 0] or ($v >= $c and $v < [$c[0], $c[1] + 1, 0, [0]])
        else $v == $c end;
    def both($v): # a pre-release is taken only where the range names one
      gsub("(?<op>[<>=!^~])\\s+"; .op) | [scan("[^\\s,]+")]
      | ($v[3][0] == 1 or any(.[]; test("-"))) as $release | map(comparator($v))
      | if length == 0 or any(.[]; . == null) then null else $release and all end;
    ($version | version) as $v | ($deployed | version) as $d
    | if $d != null and $v < $d then "older"
      elif $range == "" then "taken"
      else [$range | splits("\\|\\|") | both($v)]
        | if any(.[]; . == null) then "unknown" elif any then "taken" else "outside" end
      end'
}

# add APP COMMIT VERSION REPOSITORY: one more image, when its Dockerfile is there.
images=()
add() {
  git cat-file -e "$2:applications/$1/Dockerfile" 2>/dev/null || refuse "there is no applications/$1/Dockerfile in $2"
  images+=("$*")
}

# repository APP: where its image is pushed.
repository() {
  local name
  name=$(at "applications/$1/values.yaml" | image repository)
  [[ -n $name ]] || refuse "the branch $BRANCH has no applications/$1/values.yaml: is there an app $1, and is it rendered?"
  [[ $name == "$REGISTRY_HOST"/* ]] || refuse "the image of $1 is $name, which is not in $REGISTRY_HOST"
  echo "$name"
}

git rev-parse --quiet --verify "origin/$BRANCH^{commit}" >/dev/null || refuse "the branch $BRANCH was not fetched"

tagged() {
  local number='(0|[1-9][0-9]*)'
  [[ $REF_NAME =~ ^([a-z0-9]([a-z0-9-]*[a-z0-9])?)/v($number\.$number\.$number(-[0-9A-Za-z.-]+)?)$ ]] ||
    refuse "a tag that makes an image looks like shop/v1.2.3, not like ${REF_NAME//%/}"
  local app=${BASH_REMATCH[1]} version=${BASH_REMATCH[3]} name range deployed
  [[ " $COMMIT_APPS " != *" $app "* ]] || refuse "$app is built for every commit (release: \"commit\"): its policy takes no version"
  name=$(repository "$app") || { echo "$name"; exit 1; }
  range=$(policy "$app")
  deployed=$(at "applications/$app/values.yaml" | image tag)
  case $(judge "$version" "$range" "$deployed") in
  older) refuse "$version is older than $deployed, which is deployed: Flux never goes back by itself" ;;
  outside) refuse "the ImagePolicy of $app takes \"$range\", which $version is not" ;;
  unknown) echo "::notice::whether \"$range\" takes $version is left to Flux" ;;
  esac
  add "$app" "$COMMIT" "$version" "$name"
}

# changed APP: whether the push touched its source. What lvsgen and Flux write is none.
changed() {
  local app=$1 file excluded=()
  for file in $RENDERED; do
    excluded+=(":(exclude,glob)applications/$app/$file")
  done
  ! git diff --quiet "$BEFORE" "$COMMIT" -- "applications/$app" "${excluded[@]}"
}

committed() {
  local app name seconds deployed
  seconds=$(git show --no-patch --format=%ct "$COMMIT")
  if ! git cat-file -e "$BEFORE^{commit}" 2>/dev/null; then
    echo "::notice::what was pushed before is not known: every app is built"
    BEFORE=$(git hash-object -t tree /dev/null)
  fi
  for app in $COMMIT_APPS; do
    changed "$app" || continue
    name=$(repository "$app") || { echo "$name"; exit 1; }
    deployed=$(at "applications/$app/values.yaml" | image tag)
    if [[ $deployed =~ ^([0-9]{10})- ]] && ((seconds < BASH_REMATCH[1])); then
      refuse "the commit is older than $deployed, which is deployed: Flux would pass over its image"
    fi
    add "$app" "$COMMIT" "$seconds-${COMMIT:0:12}" "$name"
  done
}

if [[ $REF_TYPE == tag ]]; then tagged; else committed; fi

for image in "${images[@]}"; do echo "$image"; done
printf '%s\n' "${images[@]}" |
  jq --raw-input --slurp --compact-output \
    'split("\n") | map(select(. != "") | {name: (split(" ") | .[0] + ":" + .[2]), images: .}) | "images=\(.)"' --raw-output >>"$GITHUB_OUTPUT"
