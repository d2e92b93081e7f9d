#!/usr/bin/env bash
# Applies the plan that was just made, if it is the one that was approved.
set -euo pipefail

if [[ $DIGEST != "$APPROVED" ]]; then
  echo "::error::the plan changed after it was approved; nothing was applied. Run the workflow again to approve the new plan, which is in the summary"
  exit 1
fi
terraform -chdir=infrastructure apply -input=false -no-color "$PLAN"
