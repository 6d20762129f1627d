# script/fuzz takes names as names: no word of them is run. A copy with a fuzzer that is none.
mkdir -p copy/script copy/build/asan/bin
cp "$source_dir/script/fuzz" copy/script/
printf '#!/bin/sh\nfor word; do printf "%%s\\n" "$word" >>ran; done\n' >copy/build/asan/bin/fuzz_toy
chmod +x copy/build/asan/bin/fuzz_toy
run_fuzz() { bash copy/script/fuzz --built "$@" >.out 2>.err; code=$?; }
run_fuzz --seconds 6 fuzz_toy
expect 0
says "fuzzer fuzz_toy: quiet for 12 s"
grep -qx -- -max_total_time=12 copy/ran || fail "the fuzzer was not run with its time: $(cat copy/ran)"
for name in 'fuzz_toy; touch ../pwned' 'fuzz_toy$(touch ../pwned)' '`touch ../pwned`' "fuzz_toy' 1; touch ../pwned; '" '../bin/fuzz_toy' 'fuzz_none' ''; do
  run_fuzz --seconds 3 -- "$name"
  expect 2
  complains "there is no fuzzer"
done
run_fuzz --seconds 'a[$(touch ../pwned)]' fuzz_toy
expect 2
complains "--seconds"
if [ -e pwned ] || [ -e copy/pwned ]; then fail "a name was run as a command"; fi
