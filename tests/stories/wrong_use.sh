# Wrong use ends with 2, says what is wrong and what to do.
tocsin frobnicate
expect 2
complains "tocsin --help"
tocsin radar --layr tactical
expect 2
complains "--layer"
tocsin radar --layer outer
expect 2
complains "strategic, tactical, operational"
for number in 12abc -1 99999999999999999999 '' ' 5' 1e3; do
  for words in "radar --top" "search x --limit" "items --limit" "source try osv --limit" "estate show x --limit"; do
    # shellcheck disable=SC2086
    tocsin $words="$number"
    expect 2
    complains "--${words##*--}"
  done
done
tocsin --workspace nowhere radar
expect 2
complains "before the command"
tocsin items --limit 0
expect 2
tocsin demo --workspace nowhere
expect 2
complains "tocsin demo takes no --workspace"
tocsin radar --workspace nowhere
expect 2
complains "tocsin init"
tocsin decide
expect 2
tocsin
expect 2
says "Usage"
tocsin --version
expect 0
says "tocsin "
tocsin help source
expect 0
says "source list"
for words in init demo doctor collect import "source list" "source show" "source try" "estate list" "estate show" "estate add" "estate check" radar items show search assess \
  decide "item merge" "item split" "register export" "ledger list" "ledger verify" "ledger prove" "ledger checkpoint" "export stix" completion man; do
  # shellcheck disable=SC2086
  tocsin $words --help
  expect 0
  says "tocsin $words: "
  says "Usage:"
done
for shell in bash zsh fish; do tocsin completion $shell; expect 0; says tocsin; done
tocsin completion bash
bash -n .out || fail "the bash completion is no bash"
tocsin man
expect 0
says ".TH TOCSIN"
