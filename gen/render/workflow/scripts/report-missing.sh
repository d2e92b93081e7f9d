#!/usr/bin/env bash
set -euo pipefail
if [[ $MISSING != 0 || $BUILD != success ]]; then
  echo "::error::some images could not be built; the summary of the first job, and the log of those that failed, say which and why"
  exit 1
fi
