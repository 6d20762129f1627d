# The table of docs/json.md, asked of every command that it concerns. Nothing of all this leaves a trace.
tocsin demo demo
expect 0
export TOCSIN_WORKSPACE=$PWD/demo
tocsin ledger verify --format json
entries=$(grep -oE '"entries": [0-9]+' .out)
why="--as ines --because reason"

# 1: there is nothing of that name.
while IFS= read -r words; do
  # shellcheck disable=SC2086
  tocsin $words
  expect 1
  [ -s .err ] || fail "$words: nothing is said"
done <<EOF
show CVE-1999-1
decide CVE-1999-1 watch $why
decide AML.T0051 watch --as nobody --because reason
decide AML.T0051 watch $why --asset nothing
decide AML.T0051 act $why --owner nobody
decide AML.T0051 duplicate $why --duplicate-of CVE-1999-1
item merge CVE-1999-1 AML.T0051 $why
item merge AML.T0051 CVE-1999-1 $why
item split CVE-1999-1 AML.T0051 $why
item merge AML.T0051 AML.T0054 --as nobody --because reason
collect nothing
collect nothing --from demo
source show nothing
source try nothing
estate show nothing
items --asset nothing
items --source nothing
export stix --asset nothing
ledger list --subject nothing
ledger prove 99999
explain nothing
EOF

# 2: a path that leads to nothing.
while IFS= read -r words; do
  # shellcheck disable=SC2086
  tocsin $words
  expect 2
  complains "nothing was"
done <<EOF
collect osv --from nothing.json
collect osv --from nothing/at/all
import nothing.json
source try osv --from nothing.json
ledger verify --against nothing
ledger verify --key nothing
init nothing
demo nothing/at/all
register export --output nothing/register.csv
export stix --output nothing/bundle.json
ledger checkpoint --output nothing/checkpoint
EOF
tocsin radar --workspace nothing
expect 2

# 0: nothing to do.
# shellcheck disable=SC2086
tocsin item merge CVE-2025-32434 GHSA-53q9-r3pm-6pq6 $why
expect 0
complains "these are one item already"
tocsin item split AML.T0051 AML.T0054 $why
expect 0
complains "these are two items already"
tocsin assess
expect 0
tocsin items --kind actor
expect 0
tocsin ledger verify --format json
says "$entries"
tocsin source show osv
says_not "nothing.json"

# What a run of verify says is data as well, and never silence.
tocsin ledger verify --format json
for key in '"key": "' '"key_from": "workspace"' '"notes": \['; do grep -qE -- "$key" .out || fail "no $key"; done
tocsin ledger verify --format jsonl
expect 0
lines 1
says '"holds":true'

# What was decided is told back.
tocsin decide AML.T0051 defer $why --asset support-bot --until 2999-01-02
expect 0
says "decided: defer for support-bot, by ines, until 2999-01-02: from then on it is open again"
tocsin decide AML.T0051 watch $why
says "decided: watch for all assets, by ines"
# Shipped knowledge is no source's word; a file that was given is told from it.
tocsin show CVE-2025-32434
says "as it ships with tocsin and in its words"
tocsin show CVE-2025-32434 --format json
says '"shipped": true'
tocsin radar
says_not "files of"
printf '[{"id":"PYSEC-2026-1","modified":"2026-01-01T00:00:00Z","summary":"made up","affected":[{"package":{"ecosystem":"PyPI","name":"keras"}}]}]' >one.json
tocsin collect osv --from one.json
expect 0
tocsin radar
says "files of 1 source read, last just now; no source was"
tocsin show PYSEC-2026-1
says "PYSEC-2026-1, retrieved"
