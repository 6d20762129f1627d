# What people read: counts that agree, filters that do not look like an all-clear, tables that fit, formats that are kept.
tocsin demo demo
expect 0
export TOCSIN_WORKSPACE=$PWD/demo
# One number of open items: of the radar, in its data, in the list.
tocsin radar
expect 0
open=$(grep -oE '^[0-9]+ items are open' .out | cut -d' ' -f1)
affected=$(grep -oE 'open: [0-9]+ affected' .out | grep -oE '[0-9]+')
rest=$(grep -oE '[0-9]+ more to look into' .out | grep -oE '^[0-9]+')
[ -n "$open" ] && [ "$open" -gt 1 ] || fail "no count of open items"
[ $((affected + rest)) -eq "$open" ] || fail "$affected and $rest are not $open"
mkdir empty
tocsin init empty
expect 0
says "estate.yaml names nothing yet"
says_not "nothing open"
agree() { # radar, its counts and the list
  tocsin radar --format json
  says "\"open\": $1,"
  tocsin items --decision open --format csv
  [ $(($(wc -l <.out) - 1)) -eq "$1" ] || fail "$(($(wc -l <.out) - 1)) items are open, not $1"
}
agree "$open"
tocsin items --decision open --assessment affected --format csv
[ $(($(wc -l <.out) - 1)) -eq "$affected" ] || fail "not $affected items are affected and open"
first=$(sed -n 2p .out | cut -d, -f1)
tocsin decide "$first" watch --as ines --because 'seen' --format json
expect 0
says_not '"ledger": 0'
says '"state": "in_force"'
entry=$(grep -oE '"ledger": [0-9]+' .out | grep -oE '[0-9]+')
tocsin ledger prove "$entry"
says '"kind":"decision"'
agree $((open - 1))
# The README shows what is printed.
COLUMNS=92 tocsin show arXiv:1908.07125
grep -A3 'tocsin show arXiv:1908.07125' "$source_dir/README.md" | grep '^    ' | sed 's/^    //' >example
[ "$(wc -l <example)" -ge 2 ] || fail "no example in the README"
while IFS= read -r line; do says "$line"; done <example
# A name that there is not is no all-clear.
for words in "items --asset suport-bot" "items --source owsp" "export stix --asset suport-bot" "ledger list --subject CVE-1999-1"; do
  # shellcheck disable=SC2086
  tocsin $words
  expect 1
done
tocsin items --asset suport-bot
complains "did you mean support-bot?"
tocsin estate show suport-bot
expect 1
complains "did you mean support-bot?"
tocsin items --source owsp
complains "did you mean owasp"
for words in "items --kind vulnerabilty" "items --decision opne" "items --source=" "ledger list --kind decisions" "ledger list --limit x"; do
  # shellcheck disable=SC2086
  tocsin $words
  expect 2
done
tocsin items --kind vulnerabilty
complains "malicious-package"
tocsin ledger list --kind decisions
complains "did you mean decision?"
# Of one asset: its own answer, not the worst of all.
tocsin items --asset support-bot --assessment fixed
expect 0
says CVE-2025-32434
says_not affected
# The ledger by the names that people know.
tocsin ledger list --subject "$first"
expect 0
says decision
says "$first"
tocsin ledger list --subject support-bot
expect 0
says "support-bot: affected"
tocsin ledger list --subject support-bot --kind estate
expect 0
says estate
tocsin ledger list --subject owasp
expect 0
says run
# Nothing is wider than the terminal.
for width in 80 120; do
  for words in radar items "items --kind technique" "source list" "source show owasp" "estate list" "estate show support-bot" "show $first" "ledger list" "ledger verify" doctor "search prompt"; do
    # shellcheck disable=SC2086
    COLUMNS=$width tocsin $words
    wide=$(LC_ALL=C.UTF-8 grep -E "^.{$((width + 1)),}" .out | grep -vE 'https?:')
    [ -z "$wide" ] || fail "$words at $width columns: $wide"
    says_not $'\x1b'
  done
done
# A name that is to be typed is whole, whatever gives way for it.
for width in 80 100; do
  COLUMNS=$width tocsin source list
  says "simon-willison-prompt-injection "
done
COLUMNS=80 tocsin explain
says "keras-foreign-name"
for rule in $(awk 'NR > 1 && /^[a-z]/ { print $1 }' .out | head -n 8); do
  COLUMNS=80 tocsin explain "$rule"
  expect 0
  wide=$(LC_ALL=C.UTF-8 grep -E '^.{81,}' .out | grep -vE '^    |https?:')
  [ -z "$wide" ] || fail "explain $rule at 80 columns: $wide"
done
for words in "" items decide "register export" "ledger list" source; do
  # shellcheck disable=SC2086
  COLUMNS=80 tocsin help $words
  wide=$(sed '/^Examples:/,$d' .out | LC_ALL=C.UTF-8 grep -E '^.{81,}')
  [ -z "$wide" ] || fail "help $words at 80 columns: $wide"
done
COLUMNS=80 tocsin ledger list --kind store
[ "$(wc -l <.out)" -eq 2 ] || fail "an entry takes more than a line of 80 columns"
# The register: importance first, types kept, no format by accident.
tocsin register export --output register.md
expect 2
complains ".csv, .json or .xlsx"
[ ! -e register.md ] || fail "register.md was written"
tocsin register export --output register.JSON
expect 0
grep -q '"score": [0-9]' register.JSON || fail "scores are no numbers"
[ "$(grep -m1 -oE '"status": "[a-z_]+"' register.JSON)" = '"status": "affected"' ] || fail "the first row is not affected"
tocsin register export --format json
expect 2
complains "takes no --format"
complains "its forms are told by --as"
tocsin register export --output none/register.csv
expect 2
complains "there is no folder"
# Formats that are offered are kept.
tocsin show "$first" --format csv
expect 0
lines 2
says "id,uuid,title"
tocsin estate show support-bot --format csv
expect 0
lines 2
tocsin source show owasp --format csv
expect 0
lines 2
# Words that there are not.
tocsin rader
expect 2
complains 'did you mean `tocsin radar`?'
tocsin sorce list
expect 2
complains 'did you mean `tocsin source list`?'
tocsin ledger lst
expect 2
complains 'did you mean `tocsin ledger list`?'
