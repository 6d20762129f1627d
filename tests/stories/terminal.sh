# Text of strangers that a terminal would obey: shown as what it is on a terminal, exact everywhere else.
mkdir ws
tocsin init ws
expect 0
# An escape sequence, a C1 control, a text direction, in what an exported row shows.
printf '{"type":"bundle","id":"bundle--1","objects":[{"type":"tool","id":"tool--5dfd3ba1-0a5a-4bd6-a0d1-37ba9f0a8c6f","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","name":"\\u001b]0;owned\\u0007 back\\u202etxt.exe","description":"\\u001b[31mred"}]}' >evil.json
# The same with the bytes as they are where JSON allows it.
printf '{"type":"bundle","id":"bundle--2","objects":[{"type":"tool","id":"tool--6dfd3ba1-0a5a-4bd6-a0d1-37ba9f0a8c6f","name":"raw \xc2\x9b31m \xe2\x80\xae"}]}' >raw.json
tocsin import evil.json raw.json --workspace ws --no-assess
expect 0
obeyed() { LC_ALL=C grep -qE $'\x1b|\x07|\xc2\x9b|\xe2\x80\xae'; }
on_terminal() { NO_COLOR=1 script -qec "$*" /dev/null </dev/null; }
for command in "items --format csv" "items --format jsonl" "register export --all" "register export --all --as json" "export stix" "export stix --raw" "search owned --format csv"; do
  # shellcheck disable=SC2086
  tocsin $command --workspace ws
  expect 0
  cp .out piped
  on_terminal "$program" $command --workspace ws >shown
  grep -q 'owned' shown || fail "$command shows nothing on a terminal: $(cat shown)"
  if obeyed <shown; then fail "$command sends a terminal what it obeys"; fi
done
# Not a terminal: nothing is changed.
tocsin items --format csv --workspace ws
LC_ALL=C grep -qF $'\x1b]0;owned\x07' .out || fail "the CSV is not exact"
tocsin register export --all --workspace ws
LC_ALL=C grep -qF $'\x1b]0;owned\x07' .out || fail "the register is not exact"
tocsin export stix --raw --workspace ws
LC_ALL=C grep -qF $'raw \xc2\x9b31m \xe2\x80\xae' .out || fail "the foreign object is not byte for byte"
