#!/usr/bin/env bash
# Builds the images, each from its app's folder at its commit, and pushes them. One that fails does not stop the others.
set -euo pipefail

trap 'docker logout "$REGISTRY_HOST" >/dev/null' EXIT
printf '%s' "$REGISTRY_PASSWORD" | docker login --username "$REGISTRY_USER" --password-stdin "$REGISTRY_HOST"

# The labels, and the times of the files, come from git: the same commit makes the same image.
make_image() {
  local app=$1 commit=$2 version=$3 repository=$4 folder created seconds
  seconds=$(git show --no-patch --format=%ct "$commit") &&
    created=$(date --utc --date="@$seconds" +%Y-%m-%dT%H:%M:%SZ) &&
    folder=$(mktemp --directory) &&
    git archive "$commit" "applications/$app" | tar --extract --directory "$folder" &&
    docker build --pull --tag "$repository:$version" \
      --build-arg "APP_VERSION=$version" --build-arg "SOURCE_DATE_EPOCH=$seconds" \
      --label "org.opencontainers.image.title=$app" \
      --label "org.opencontainers.image.version=$version" \
      --label "org.opencontainers.image.revision=$commit" \
      --label "org.opencontainers.image.created=$created" \
      --label "org.opencontainers.image.source=$SOURCE" \
      "$folder/applications/$app" </dev/null &&
    docker push "$repository:$version" </dev/null
}

failed=()
while read -r app commit version repository; do
  echo "::group::Build $repository:$version"
  make_image "$app" "$commit" "$version" "$repository" || failed+=("$repository:$version")
  echo "::endgroup::"
done <<<"$IMAGES"

if ((${#failed[@]})); then
  echo "::error::not built or not pushed: ${failed[*]}"
  exit 1
fi
