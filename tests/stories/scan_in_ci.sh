# What the GitHub Action and the pre-commit hook run, run: without a network, with the program that was built.
scanner=$(dirname "$program")/tocsin-scan
[ -x "$scanner" ] || fail "there is no tocsin-scan beside tocsin"
PATH=$(dirname "$scanner"):$PATH
mkdir models
printf '\x80\x02}.' >models/good.pkl
printf "cos\nsystem\n(S'id'\ntR." >models/evil.pkl
evil() { env "$@" "$source_dir/packaging/github-action/run" >.out 2>.err; code=$?; }

# --- the action: action.yml hands the inputs over as SCAN_…
: >output
evil GITHUB_OUTPUT=output SCAN_PATHS=$'models/good.pkl\n' SCAN_FAIL_ON=suspicious SCAN_REQUIRE_SUPPORTED=false SCAN_SARIF=
expect 0
grep -qx 'exit-code=0' output || fail "no exit code"
! grep -q sarif output || fail "SARIF that nobody asked for"
evil GITHUB_OUTPUT=output SCAN_PATHS=models SCAN_SARIF=out.sarif
expect 1
says "os.system"
grep -qx 'exit-code=1' output || fail "no exit code"
grep -qx 'sarif=out.sarif' output || fail "no SARIF"
grep -q '"2.1.0"' out.sarif || fail "no SARIF"
evil SCAN_PATHS=$'models/good.pkl\nmodels/gone.pkl'
expect 3
says "models/gone.pkl"
evil SCAN_PATHS=models SCAN_FAIL_ON=nothing
expect 2
# Neither paths nor a list: the checkout.
evil SCAN_PATHS=
expect 1
printf '[[suppression]]\nrule = "pickle-dangerous-call"\nsha256 = "%s"\nreason = "the sample"\nexpires = 2027-03-31\n' "$(sha256sum models/evil.pkl | cut -d' ' -f1)" >accepted.toml
evil TOCSIN_NOW=2026-11-24T00:00:00Z SCAN_PATHS=models SCAN_CONFIG=accepted.toml
expect 0
says "the sample"
# A path is no option, and its name no command of the runner.
cp models/evil.pkl ./--version
evil SCAN_PATHS=--version
expect 1
cp models/evil.pkl '::error::x.pkl'
evil GITHUB_ACTIONS=true SCAN_PATHS='::error::x.pkl'
expect 1
token=$(sed -n '1s/^::stop-commands:://p' .out)
[ ${#token} -eq 32 ] || fail "the runner listens"
[ "$(tail -n 1 .out)" = "::$token::" ] || fail "the runner does not listen again"
# Each input of action.yml is handed over, and the script reads what is handed over.
for name in $(sed -n 's/^        \(SCAN_[A-Z_]*\): .*/\1/p' "$source_dir/packaging/github-action/action.yml"); do
  grep -q "$name" "$source_dir/packaging/github-action/run" || fail "$name is not read"
done
inputs=$(sed -n '/^inputs:/,/^outputs:/s/^  \([a-z-]*\):$/\1/p' "$source_dir/packaging/github-action/action.yml" | grep -v outputs)
for name in $inputs; do
  grep -q "inputs\.$name }}" "$source_dir/packaging/github-action/action.yml" || fail "the input $name goes nowhere"
done

# --- the pre-commit hook: its entry and its arguments, then the files
hook=$source_dir/.pre-commit-hooks.yaml
entry=$(sed -n 's/^  entry: //p' "$hook")
args=$(sed -n 's/^  args: \[\(.*\)\]$/\1/p' "$hook" | tr -d ',')
# shellcheck disable=SC2086
"$entry" $args models/good.pkl >.out 2>.err
code=$?
expect 0
# shellcheck disable=SC2086
"$entry" $args models/good.pkl --version models/evil.pkl >.out 2>.err
code=$?
expect 1
# The names that it chooses by.
pattern=$(sed -n 's/^  files: (?i)//p' "$hook")
for name in a.pkl a.PT m/config.json model.safetensors x/chat_template.jinja y.gguf archive.tar; do
  printf '%s\n' "$name" | grep -qiE "$pattern" || fail "$name is not chosen"
done
for name in a.py README.md package.json my_config.json.txt; do
  ! printf '%s\n' "$name" | grep -qiE "$pattern" || fail "$name is chosen"
done

# --- without pre-commit, as its README has it
if command -v git >/dev/null; then
  mkdir repository && cd repository || exit 1
  git init -q . && git config user.email a@example.org && git config user.name a && git config commit.gpgsign false
  sed -n 's/^    \(#!\/bin\/sh\|git diff.*\)$/\1/p' "$source_dir/packaging/pre-commit/README.md" >.git/hooks/pre-commit
  [ "$(wc -l <.git/hooks/pre-commit)" -eq 2 ] || fail "the README has no hook"
  chmod +x .git/hooks/pre-commit
  mkdir models && cp ../models/good.pkl models/
  git add models
  git commit -qm good >../.out 2>../.err || { cd ..; fail "a good model is refused"; }
  cp ../models/evil.pkl 'models/a name.pkl'
  git add models
  ! git commit -qm evil >../.out 2>../.err || { cd ..; fail "a bad model is committed"; }
  cd .. || exit 1
fi
