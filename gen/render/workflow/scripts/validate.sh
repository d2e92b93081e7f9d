#!/usr/bin/env bash
# All that is asked of the repository, in the order of what it costs.
set -euo pipefail

lvsgen render --check
lvsgen validate --format github
