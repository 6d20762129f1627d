# Nothing in the environment makes a key or a salt that somebody can make again.
mkdir a b
export TOCSIN_SEED=1
for ws in a b; do
  tocsin init "$ws" --organisation same
  expect 0
  tocsin ledger list --workspace "$ws" --format jsonl
  expect 0
  grep '"kind":"config"' .out | grep -o '"body":{[^}]*}' >"$ws.config"
done
[ -s a/keys/ledger.pem ] && [ -s a.config ] || fail "nothing to compare"
same a/tocsin.toml b/tocsin.toml
if cmp -s a/keys/ledger.pem b/keys/ledger.pem; then fail "two workspaces were given the same key"; fi
# The entry of the same settings: no hash in it that whoever guesses the settings can work out.
for hash in $(grep -oE '[0-9a-f]{64}' a.config); do
  if grep -qF "$hash" b.config; then fail "two ledgers have the same hash $hash for the same settings"; fi
  [ "$hash" != "$(sha256sum <a/tocsin.toml | cut -c 1-64)" ] || fail "the settings can be guessed from the ledger"
done
