#!/usr/bin/env bash
# Runs the tests of the apps, test/run.sh, in a container that sees a copy of the app's folder and no secret.
set -euo pipefail

while read -r app commit version _; do
  if [[ $(git ls-tree "$commit" "applications/$app/test/run.sh") != 100755* ]]; then
    echo "$app has no executable test/run.sh"
    continue
  fi
  echo "::group::Test $app $version"
  folder=$(mktemp --directory)
  git archive "$commit" "applications/$app" | tar --extract --directory "$folder"
  docker run --rm --volume "$folder/applications/$app:/app" --workdir /app "$TEST_IMAGE" test/run.sh </dev/null
  echo "::endgroup::"
done <<<"$IMAGES"
