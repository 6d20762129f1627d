# Each key that --format json prints stands between backticks or as a word in docs/json.md; of an asset, in docs/estate.md.
tocsin demo demo
expect 0
printf '{"id":"PYSEC-2026-1","modified":"2026-01-01T00:00:00Z","summary":"made up","affected":[{"package":{"ecosystem":"PyPI","name":"keras"}}]}' >one.json
keys_stand_in() {
  local key keys
  keys=$(grep -oE '"[a-z_]+": ?' .out | tr -d '": ' | sort -u)
  [ -n "$keys" ] || fail "no key was printed"
  for key in $keys; do
    grep -qwF -- "$key" "$@" || fail "no word about the key '$key'"
  done
}
page=$source_dir/docs/json.md
for words in doctor radar "register export --as json" "source list" assess "ledger checkpoint" "decide AML.T0051 watch --as ines --because reason --asset support-bot"; do
  # shellcheck disable=SC2086
  tocsin $words --workspace demo $(case $words in register*) ;; *) echo --format json ;; esac)
  keys_stand_in "$page"
done
says '"rationale"'
tocsin estate show support-bot --workspace demo --format json
expect 0
keys_stand_in "$page" "$source_dir/docs/estate.md"
# What is in the content of a record is the source's: only the names around it are ours.
tocsin source try osv --from one.json --workspace demo --format json
expect 0
for key in records external_id digest content documents rejects error; do
  says "\"$key\""
  grep -qF "\`$key\`" "$page" || fail "no word about the key '$key'"
done
# An item without its body has the same shape.
tocsin search AML.T0051 --workspace demo --format json
expect 0
says '"packages"'
says '"facets"'
