# Merging and splitting by hand: what hangs on both ids stays with the item's own, and a guid of one feed is not another's.
mkdir ws
tocsin init ws
expect 0
advisory() { printf '{"id":"%s","aliases":[%s],"modified":"2026-01-01T00:00:00Z","summary":"made up","affected":[{"package":{"ecosystem":"PyPI","name":"made-up"},"versions":["1"]}]}' "$1" "$2"; }
printf '[%s,%s,%s]' "$(advisory GHSA-2222-3333-4444 '"CVE-2026-1000","PYSEC-2026-5"')" "$(advisory PYSEC-2026-1 '"CVE-2026-1000","PYSEC-2026-5"')" "$(advisory PYSEC-2026-5 '')" >osv.json
tocsin collect osv --from osv.json --workspace ws
expect 0
tocsin show PYSEC-2026-5 --workspace ws
says "CVE-2026-1000  made up"

# The other way round is the same: PYSEC-2026-5 hangs on both and stays with CVE-2026-1000.
tocsin item split GHSA-2222-3333-4444 CVE-2026-1000 --as me --because 'the alias is wrong' --workspace ws
expect 0
tocsin show GHSA-2222-3333-4444 --workspace ws
says "GHSA-2222-3333-4444  made up"
tocsin show CVE-2026-1000 --workspace ws
says "CVE-2026-1000  made up"
says "osv  PYSEC-2026-1,"
says "osv  PYSEC-2026-5,"
says_not "osv  GHSA-2222-3333-4444"

# Two feeds that carry entries of the same names: those of the one are joined, those of the other are not touched.
cat >>ws/tocsin.toml <<'T'

[source.one]
kind = "feed"
url = "https://one.example/feed"

[source.two]
kind = "feed"
url = "https://two.example/feed"
T
feed() { printf '<rss version="2.0"><channel><title>%s</title><item><guid isPermaLink="false">tag:news.example,2026:1</guid><title>%s first</title></item><item><guid isPermaLink="false">tag:news.example,2026:2</guid><title>%s second</title></item></channel></rss>' "$1" "$1" "$1"; }
feed one >one.xml
feed two >two.xml
tocsin collect one --from one.xml --workspace ws
expect 0
tocsin collect two --from two.xml --workspace ws
expect 0
item_of() { # SOURCE TITLE
  tocsin items --source "$1" --format jsonl --workspace ws
  grep -F "\"title\":\"$2\"" .out | grep -o '"uuid":"[^"]*"' | cut -d'"' -f4
}
first=$(item_of one 'one first')
second=$(item_of one 'one second')
tocsin item merge "$first" "$second" --as me --because 'told twice' --workspace ws
expect 0
tocsin items --source one --format jsonl --workspace ws
lines 1
tocsin items --source two --format jsonl --workspace ws
lines 2
tocsin item split "$first" "$second" --as me --because 'told of two things after all' --workspace ws
expect 0
tocsin items --source one --format jsonl --workspace ws
lines 2
tocsin ledger verify --workspace ws
expect 0
says "holds"
