#!/usr/bin/env bash
# Plans, and says what would change without a single value of it: values may be secrets.
set -euo pipefail
umask 077 # the plan holds the values of all secrets

missing=()
for variable in $(compgen -e); do
  if [[ $variable =~ ^(TF_VAR_|HCLOUD_|AWS_) && -z ${!variable} ]]; then
    secret=${variable#TF_VAR_} secret=${secret/#AWS_ACCESS_KEY_ID/S3_ACCESS_KEY} secret=${secret/#AWS_SECRET_ACCESS_KEY/S3_SECRET_KEY}
    missing+=("${secret^^}")
  fi
done
if ((${#missing[@]})); then
  echo "::error::these Actions secrets of the repository have no value: ${missing[*]}"
  exit 1
fi

code=0
terraform -chdir=infrastructure plan -input=false -no-color -detailed-exitcode -lock="$LOCK" -out="$PLAN" || code=$?
if [[ $code != 0 && $code != 2 ]]; then
  exit "$code"
fi
terraform -chdir=infrastructure show -json "$PLAN" >"$PLAN.json"

# What is approved is this digest. It is over all that would be done, with the values; the key in front keeps a short
# secret from being guessed by it.
digest=$({
  printf '%s\n' "$AWS_SECRET_ACCESS_KEY"
  jq --sort-keys --compact-output '{
      resources: [.resource_changes // [] | .[] | select(.change.actions != ["no-op"] or .previous_address or .change.importing)
        | {address, previous_address, deposed, change}],
      outputs: (.output_changes // {} | with_entries(select(.value.actions != ["no-op"])))
    }' "$PLAN.json"
} | sha256sum | cut --delimiter=" " --fields=1)

jq --raw-output '
  def code: "`" + gsub("`"; "\u0027") + "`";
  def names: map(code) | if length == 0 then "" else ": " + join(", ") end;
  def changed: [.before // {}, .after // {}, .after_unknown // {}] as [$b, $a, $u]
    | [($b + $a + $u | keys[]) | select($b[.] != $a[.] or ($u[.] // false | . != false and . != {} and . != []))] | names;
  def replaced: .replace_paths // [] | map(map(tostring) | join(".")) | names;
  def kind: .change.actions
    | if . == ["create"] then "create" elif . == ["update"] then "update" elif . == ["delete"] then "DESTROY"
      elif index("delete") and index("create") then "REPLACE" elif . == ["forget"] then "forget" else empty end;
  [.resource_changes // [] | .[] | {kind: kind, address, change, deposed}] as $all
  | def list($kind; details): [$all[] | select(.kind == $kind)] | map("- \(.address | code)\(if .deposed then " (deposed)" else "" end)\(.change | details)");
  def part($title; $lines): if ($lines | length) > 0 then "### \($title)", "", $lines[], "" else empty end;
  def loud($title; $lines): if ($lines | length) > 0 then "> [!CAUTION]", "> ## \($title)", ">", ($lines[] | "> " + .), "" else empty end;
  loud("REPLACE: these are destroyed and made again, because of what is named"; list("REPLACE"; replaced)),
  loud("DESTROY: these are destroyed"; list("DESTROY"; "")),
  part("Create"; list("create"; "")),
  part("Update in place"; list("update"; changed)),
  part("Forget: kept, but no longer Terraform\u0027s"; list("forget"; "")),
  part("Outputs"; [.output_changes // {} | to_entries[] | select(.value.actions != ["no-op"]) | "- \(.key | code)"]),
  (if ($all | length) == 0 then "No resource changes." else empty end)' "$PLAN.json" >"$PLAN.md"
title=$(jq --raw-output '
  [.resource_changes // [] | .[].change.actions
    | if index("delete") and index("create") then "REPLACE" elif index("delete") then "DESTROY"
      elif index("create") then "create" elif index("update") then "update" else empty end] as $all
  | [("REPLACE", "DESTROY", "create", "update") as $kind | [$all[] | select(. == $kind)] | length | select(. > 0) | "\($kind) \(.)"]
  | if length == 0 then "no resource" else join(", ") end' "$PLAN.json")
rm -f "$PLAN.json"

cat "$PLAN.md" >>"$GITHUB_STEP_SUMMARY"
end=$(tr --delete - </proc/sys/kernel/random/uuid)
{
  if [[ $code == 2 ]]; then echo "changes=true"; else echo "changes=false"; fi
  echo "digest=$digest"
  echo "title=$title"
  echo "summary<<$end"
  head --bytes=60000 "$PLAN.md"
  echo
  echo "$end"
} >>"$GITHUB_OUTPUT"
