# What people mistype, and files that are not what they were taken for: nothing is made, nothing looks like success.
tocsin init my-projct
expect 2
complains "there is no folder my-projct"
[ ! -e my-projct ] || fail "the folder was made"
tocsin demo no/such/demo
expect 2
complains "there is no folder"
[ ! -e no ] || fail "the way to the demo was made"
tocsin demo demo
expect 0
complains "made the folder demo"

cat >rss.xml <<'EOF'
<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><item><title>Prompt injection</title><guid>1</guid></item></channel></rss>
EOF
printf '<rss version="2.0"><channel><title>t</title></channel></rss>' >empty.xml
printf '{"catalogVersion":"2026.01.01","vulnerabilities":[{"cveID":"CVE-2026-1000"}]}' >kev.json
tocsin collect atlas --from rss.xml --workspace demo
expect 3
says "failed atlas: nothing in it is for atlas"
tocsin collect aiid --from empty.xml --workspace demo
expect 0
tocsin import kev.json --workspace demo
expect 3
says "it looks like CISA's catalogue of known exploited vulnerabilities (KEV)"
tocsin import rss.xml nowhere.json --workspace demo
expect 2
complains "there is no file or folder nowhere.json; nothing was read"
tocsin import rss.xml --as osv --workspace demo
expect 2
complains "osv is a source of the catalogue"
tocsin import rss.xml --as ' ' --workspace demo
expect 2
complains "is no name for a source"
tocsin import rss.xml --as newsletter --workspace demo
expect 0

# A day that is over; a second decision in the place of the first.
tocsin decide CVE-2025-32434 act --as ines --because 'loads hub checkpoints' --due 2020-01-01 --workspace demo
expect 2
complains "--due: 2020-01-01 has passed"
tocsin decide CVE-2025-32434 defer --as ines --because 'later' --until 2020-01-01 --workspace demo
expect 2
complains "--until: 2020-01-01 has passed"
tocsin decide CVE-2025-32434 act --as ines --because 'loads hub checkpoints' --workspace demo
expect 0
says_not "closed:"
tocsin decide CVE-2025-32434 act --as ines --because 'sooner' --due 2999-01-01 --workspace demo
expect 0
says "closed:"
tocsin show CVE-2025-32434 --workspace demo
expect 0
says "superseded)"

# What is mistyped in tocsin.toml is told by every command on sources.
printf '\n[source.atlas]\nenabeld = false\n' >>demo/tocsin.toml
for words in "source list" "source show atlas" "source try atlas --from rss.xml" "collect atlas --from rss.xml"; do
  # shellcheck disable=SC2086
  tocsin $words --workspace demo
  complains "unknown key 'enabeld'"
done

# Shipped facts are no answers: nobody was asked.
tocsin doctor --workspace demo
expect 0
says "0 have answered"
tocsin source list --workspace demo
expect 0
says "only from files"

# Names that lead nowhere.
tocsin explain pickle-dangerous
expect 1
complains "did you mean pickle-dangerous-call"
tocsin ledger checkpoint --output '' --workspace demo
expect 2
complains "--output is empty"
tocsin item merge CVE-2025-32434 AML.T0051 --as inez --because same --workspace demo
expect 1
complains "did you mean ines?"
tocsin import . --workspace demo
expect 3
says "name the files in it"
