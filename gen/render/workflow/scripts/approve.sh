#!/usr/bin/env bash
# Opens an issue with the summary of the plan, and waits until enough people have answered it.
set -euo pipefail

if [[ -z $SUMMARY || -z $DIGEST ]]; then
  echo "::error::there is no summary to approve: GitHub drops an output that holds the value of a secret; look for a secret with a short value"
  exit 1
fi

assignees=()
for login in $APPROVERS; do assignees+=(--assignee "$login"); done
issue=$(gh issue create --repo "$GITHUB_REPOSITORY" --title "Approve Terraform's plan: $TITLE" --body "$SUMMARY
Answer with a comment that says only **LGTM** to apply exactly this, or **no** to stop. $MINIMUM of ${APPROVERS:-those who may write to the repository} must agree.

Plan: $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID, commit $GITHUB_SHA, digest $DIGEST" "${assignees[@]}")
number=${issue##*/}
echo "Waiting for an answer in $issue"

# may LOGIN: whether the person may approve.
may() {
  if [[ -n $APPROVERS ]]; then
    [[ " ${APPROVERS,,} " == *" ${1,,} "* ]]
  else
    [[ $(gh api "repos/$GITHUB_REPOSITORY/collaborators/$1/permission" --jq .permission) =~ ^(admin|write)$ ]]
  fi
}

# finish TEXT: the issue has done its work.
finish() {
  gh issue close "$number" --repo "$GITHUB_REPOSITORY" --comment "$1" >/dev/null
}

# Comments that were edited do not count: others may edit them.
answers() {
  gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" --jq '
    .[] | select(.created_at == .updated_at) | {login: .user.login, word: (.body | ascii_downcase | gsub("^\\s+|[\\s.!]+$"; ""))}
    | select(.word | IN("lgtm", "approve", "approved", "yes", "no", "deny", "denied", "stop")) | "\(.login) \(.word)"'
}

for ((round = 0; round < ROUNDS; round++)); do
  declare -A agreed=()
  comments=$(answers) || comments="" # the next round asks again
  while read -r login word; do
    if [[ -z $login ]] || ! may "$login"; then continue; fi
    case $word in
    no | deny | denied | stop)
      finish "Stopped by @$login; nothing was applied."
      echo "::error::stopped by $login"
      exit 1
      ;;
    esac
    agreed[${login,,}]=1
  done <<<"$comments"
  if ((${#agreed[@]} >= MINIMUM)); then
    finish "Approved by ${!agreed[*]}. It is applied now, unless the plan has changed since."
    exit 0
  fi
  sleep "$PAUSE"
done
finish "Nobody answered in time; nothing was applied. Run the workflow again to be asked again."
echo "::error::nobody answered in time"
exit 1
