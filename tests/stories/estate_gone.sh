# An estate.yaml that is gone, or that cannot be read, is told and wipes no answer; what is listed for one asset is so.
tocsin demo demo
expect 0
says "tocsin init          in a project of your own"
export TOCSIN_WORKSPACE=$PWD/demo
tocsin items --assessment affected --format csv
cp .out before

mv demo/estate.yaml kept
for words in radar assess "estate list"; do
  # shellcheck disable=SC2086
  tocsin $words
  expect 3
  complains "estate.yaml: is not there: put it back, or \`tocsin estate add\` begins a new one"
done
tocsin estate check --format json
expect 1
says "is not there: put it back"
tocsin doctor
says "is not there"
tocsin items --assessment affected --format csv
cp .out after
same before after

printf 'models:\n  - name: [\n' >demo/estate.yaml
tocsin estate check --format json
expect 1
says '"line": '
says '"assets": 0'
tocsin estate check
expect 1
says "0 assets from 0 files, 1 problem"

rm demo/estate.yaml
tocsin estate add model bot --set family=llama-3
expect 0
cp kept demo/estate.yaml
tocsin assess
expect 0

# What has no row for the asset does not apply to it; what cannot be told is told of the item.
tocsin items --asset parcel-sorter --assessment not_affected --format jsonl
expect 0
[ -s .out ] || fail "nothing is set aside for parcel-sorter"
grep -q '"asset":"parcel-sorter","status":"affected"' .out && fail "one that affects it is listed"
tocsin items --asset parcel-sorter --assessment not_affected
says_not "under investigation"
tocsin items --asset parcel-sorter --assessment cannot_tell
expect 2
complains "leave out --asset"

# An action to accept is no upgrade; an asset that is not touched is told; decisions have their columns.
why="--as ines --because reason"
# shellcheck disable=SC2086
tocsin decide CVE-2025-32434 act $why --action accept --asset parcel-sorter --asset parcel-sorter
expect 0
says_not "upgrade"
says "for parcel-sorter, by ines"
tocsin items --decision act --format csv
says "uuid,decision,decided_by,decided_at,decision_state"
says ",act,ines,"

tocsin register export
complains "set aside"
tocsin register export --all
[ ! -s .err ] || fail "nothing is left out, and something is said"

unset TOCSIN_WORKSPACE
mkdir mine
tocsin init mine
expect 0
says "tocsin radar --workspace mine"
