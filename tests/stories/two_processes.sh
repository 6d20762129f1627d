# Two processes on one workspace: readers never block, a second writer waits or says so.
tocsin demo ws
expect 0
mkdir feed
for i in $(seq 300); do
  printf '{"id":"PYSEC-2099-%d","modified":"2026-11-20T00:00:00Z","summary":"made up","affected":[{"package":{"ecosystem":"PyPI","name":"torch"},"versions":["2.5.1"]}]}' "$i" > "feed/$i.json"
done
"$program" collect osv --workspace ws --from feed >first 2>&1 &
one=$!
"$program" collect osv --workspace ws --from feed >second 2>&1 &
two=$!
for i in $(seq 10); do
  tocsin radar --workspace ws --as-is
  expect 0
done
wait $one; a=$?
wait $two; b=$?
[ $a -eq 0 ] && [ $b -eq 0 ] || fail "writers ended with $a and $b: $(cat first second)"
tocsin ledger verify --workspace ws
expect 0
tocsin search --workspace ws PYSEC-2099-300
says PYSEC-2099-300
[ "$(grep -c PYSEC-2099-300 .out)" -eq 1 ] || fail "doubled"
