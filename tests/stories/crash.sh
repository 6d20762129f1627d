# Dies at every failpoint that collect, assess and decide pass (before and after each write, fsync, rename and commit), and fifty times at
# random: the next run completes, nothing is lost or doubled, and the ledger holds.
export TOCSIN_NOW=2026-11-24T12:00:00Z
tocsin demo base
expect 0
first=$(tocsin items --workspace base --format json --assessment affected --limit 1; sed -n 's/^ *"id": "\(.*\)",*$/\1/p' .out | head -1)
[ -n "$first" ] || fail "nothing is affected in the demo"

mkdir feed
cat > feed/a.json <<'J'
{"id":"PYSEC-2099-1","aliases":["CVE-2099-0001"],"modified":"2026-11-20T00:00:00Z","published":"2026-11-19T00:00:00Z","summary":"A made-up flaw in a package that the demo pins",
 "affected":[{"package":{"ecosystem":"PyPI","name":"torch"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"9.0"}]}]}]}
J
cat > feed/b.json <<'J'
{"id":"GHSA-2222-3333-4444","aliases":["CVE-2099-0001"],"modified":"2026-11-20T00:00:00Z","summary":"The same, said by another","affected":[]}
J
printf '{"broken": ' > feed/c.json

fresh() { rm -rf ws; cp -r base ws; }
# What people see of a workspace: items with their answers and decisions, rejects of the last run.
state() {
  tocsin items --workspace ws --format jsonl --order arrival; expect 0
  sed -E 's/"(at|ledger|id)":("[^"]*"|[0-9]+)(,"verdict")/"x":0\3/g; s/"ledger":[0-9]+/"ledger":0/g; s/"decision":\{"x":0/"decision":{"x":0/g' .out > "$1"
  tocsin source show osv --workspace ws --format json; expect 0
  grep -c '"place"' .out >> "$1"
}
holds() { tocsin ledger verify --workspace ws; expect 0; says "holds"; }

collect_it() { tocsin collect osv --workspace ws --from feed; }
assess_it() { tocsin assess --workspace ws; }
decide_it() { tocsin decide "$first" act --workspace ws --as ines --because 'we use it' --due 2026-12-15 --owner tomasz; }
prepare_collect() { fresh; }
prepare_assess() { fresh; sed -i 's/^torch==.*/torch==2.4.0/' ws/requirements-serving.txt; }
prepare_decide() { fresh; }

visited=0
for what in collect assess decide; do
  prepare_$what
  TOCSIN_FAILPOINT_LOG=$PWD/visits ${what}_it
  [ "$code" -eq 0 ] || fail "$what does not work: $code"
  state want-$what
  holds
  sort visits | uniq -c > points-$what
  rm -f visits
  while read -r times point; do
    # The first and the last visit: a loop's middle is like its ends.
    for n in 1 "$times"; do
      prepare_$what
      TOCSIN_FAILPOINT="$point=kill@$n" ${what}_it 2>/dev/null
      [ "$code" -eq 137 ] || fail "$what passed $point ($n of $times) and lived: $code"
      visited=$((visited + 1))
      if [ "$what" = decide ]; then
        # Committed or not: deciding again must leave one decision in force.
        decide_it; expect 0
      else
        ${what}_it; expect 0
      fi
      holds
      state got
      cmp -s got want-$what || { diff got want-$what | cut -c1-300 | head -5; fail "$what killed at $point ($n of $times) left another state"; }
      [ "$times" -gt 1 ] || break
    done
    prepare_$what
    TOCSIN_FAILPOINT="$point=error" ${what}_it
    [ "$code" -ne 0 ] || fail "$what swallowed an error at $point"
    ${what}_it; expect 0
    holds
  done < points-$what
done
[ "$visited" -ge 30 ] || fail "only $visited failpoints were visited"
for step in write fsync rename commit; do grep -q "$step" points-* || fail "no failpoint speaks of $step"; done

RANDOM=20261124
killed=0
prepare_collect
for round in $(seq 50); do
  fresh
  "$program" collect osv --workspace ws --from feed >/dev/null 2>&1 &
  pid=$!
  sleep "0.$(printf '%03d' $((RANDOM % 120)))"
  kill -9 $pid 2>/dev/null && killed=$((killed + 1))
  wait $pid 2>/dev/null
  collect_it; expect 0
  holds
  state got
  cmp -s got want-collect || { diff got want-collect | cut -c1-300 | head -5; fail "round $round left another state"; }
done
[ "$killed" -ge 10 ] || fail "only $killed of 50 runs were killed in time"
