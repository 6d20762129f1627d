# Every real sample: records + rejects = entries, and a second run changes nothing but its own ledger entry.
needs_corpus
mkdir ws
tocsin init ws
expect 0
size() { tocsin ledger checkpoint --workspace ws --format json; sed -n 's/^ *"size": \([0-9]*\),*$/\1/p' .out; }
number() { sed -n "s/^ *\"$1\": \([0-9]*\),*\$/\1/p" "$2" | head -1; }
try() { # source, path, what it should say of entries ("" = any)
  tocsin collect "$1" --workspace ws --from "$corpus/feeds/$2" --no-assess --format json
  [ "$code" -eq 0 ] || fail "collect $1 --from $2: $code"
  cp .out one.json
  entries=$(number entries one.json) new=$(number new one.json) rejected=$(number rejected one.json)
  seen=$((new + $(number changed one.json) + $(number reparsed one.json) + $(number unchanged one.json) + $(number repeated one.json)))
  [ "$entries" -eq $((seen + rejected)) ] || fail "$1 $2: $entries entries, $seen records, $rejected rejects"
  [ -z "$3" ] || [ "$entries" -eq "$3" ] || fail "$1 $2: $entries entries, not $3"
  before=$(size)
  tocsin collect "$1" --workspace ws --from "$corpus/feeds/$2" --no-assess --format json
  [ "$code" -eq 0 ] || fail "collect $1 --from $2 again: $code"
  [ "$(number new .out)" -eq 0 ] && [ "$(number changed .out)" -eq 0 ] && [ "$(number reparsed .out)" -eq 0 ] || fail "$1 $2: the second run changed something"
  [ "$(($(size) - before))" -eq 1 ] || fail "$1 $2: the second run wrote $(($(size) - before)) entries"
}
try atlas atlas/ATLAS.yaml 278
try atlas atlas/previous/ATLAS-4.9.1.yaml ""
try owasp owasp-llm ""
try osv osv/PyPI/all.zip 1539
try osv osv/PyPI ""
try arxiv arxiv/api ""
try arxiv arxiv/api-raw ""
try arxiv arxiv/rss ""
try arxiv arxiv/oai ""
try aiid aiid/rss.xml ""
try feed rss-atom-quirks ""
tocsin items --workspace ws --kind technique --source atlas --format jsonl
expect 0
tocsin assess --workspace ws
expect 0
tocsin ledger verify --workspace ws
expect 0
