#!/usr/bin/env bash
# Says which images the cloud runs by what is in git, and which of them cannot be made from git.
set -euo pipefail

image() {
  awk -v key="$1:" '/^[^ ]/ { inside = ($0 == "image:") } inside && $1 == key { gsub(/["\x27]/, "", $2); print $2; exit }' "$2"
}

# source APP VERSION: the commit that the version was built from.
source_of() {
  if [[ $2 =~ ^[0-9]{10}-([0-9a-f]{7,40})$ ]]; then
    git rev-parse --quiet --verify "${BASH_REMATCH[1]}^{commit}"
  else
    git rev-parse --quiet --verify "refs/tags/$1/v$2^{commit}"
  fi
}

images=() missing=()
for values in applications/*/values.yaml; do
  [[ -e $values ]] || continue
  app=${values#applications/} app=${app%/values.yaml}
  repository=$(image repository "$values") version=$(image tag "$values")
  # Images of other registries were not lost, and an app without a Dockerfile runs the image of another.
  [[ $repository == "$REGISTRY_HOST"/* ]] || continue
  if [[ ! -e applications/$app/Dockerfile ]]; then
    missing+=("$app:$version has no Dockerfile (it runs $repository)")
  elif ! commit=$(source_of "$app" "$version"); then
    missing+=("$app:$version has no git tag $app/v$version, or no such commit")
  elif ! git cat-file -e "$commit:applications/$app/Dockerfile" 2>/dev/null; then
    missing+=("$app:$version has no Dockerfile in $commit")
  else
    images+=("$app $commit $version $repository")
  fi
done

{
  echo "### Images"
  for image in "${images[@]}"; do echo "- ${image%% *}: ${image#* }"; done
  for reason in "${missing[@]}"; do echo "- **not built**: $reason"; done
} | tee -a "$GITHUB_STEP_SUMMARY"
for reason in "${missing[@]}"; do echo "::warning::not built: $reason"; done

# At most 20 jobs, whatever the number of images: GitHub takes no matrix of more than 256.
printf '%s\n' "${images[@]}" | jq --raw-input --slurp --raw-output '
  split("\n") | map(select(. != "")) as $all | ([20, ($all | length)] | min) as $jobs
  | [range($jobs) as $job | {name: "\($job + 1) of \($jobs)", images: [range($job; $all | length; $jobs) | $all[.]] | join("\n")}]
  | "images=\(tojson)"' >>"$GITHUB_OUTPUT"
echo "missing=${#missing[@]}" >>"$GITHUB_OUTPUT"
