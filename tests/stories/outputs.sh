# What an export must never replace, and what `init` says of a folder that has its files but no store.
tocsin demo demo
expect 0
cp -r demo before
cd demo || exit 1
touch .out .err
owned="tocsin.db tocsin.toml estate.yaml keys/ledger.pem keys/other.pem snapshots/x knowledge/threats.yaml $(ls *requirements*.txt | head -1)"
for file in $owned ../demo/tocsin.db ./keys/../estate.yaml; do
  for command in "register export --as csv" "export stix" "ledger checkpoint"; do
    # shellcheck disable=SC2086
    tocsin $command --output "$file"
    expect 3
    complains "was not overwritten"
  done
done
ln -s tocsin.db link.csv
ln keys/ledger.pem hard.csv
for file in link.csv hard.csv; do
  tocsin register export --output $file
  expect 3
done
rm link.csv hard.csv
for file in tocsin.toml estate.yaml keys/ledger.pem; do same $file ../before/$file; done
tocsin ledger verify
expect 0
tocsin register export --output ../register.csv
expect 0
tocsin register export --output register.csv
expect 0
same register.csv ../register.csv
# A file that is no checkpoint is told so; it says nothing of the ledger.
tocsin ledger verify --against estate.yaml
expect 3
complains "estate.yaml"
# The radar as data has what is known.
tocsin radar --format json
says '"affects": {'
says_not '"sources": []'
# As in a fresh clone: settings and estate, no store.
mkdir ../clone
cp -r tocsin.toml estate.yaml ./*.txt ../clone/
cd ../clone || exit 1
touch .out .err
tocsin radar
expect 3
complains "tocsin init"
tocsin init
expect 0
same tocsin.toml ../before/tocsin.toml
same estate.yaml ../before/estate.yaml
tocsin radar
expect 0
tocsin init
expect 2
complains "nothing was changed"
# The folder one stands in has a name.
mkdir ../parcel-sorter
cd ../parcel-sorter || exit 1
touch .out .err
tocsin init
expect 0
grep -q 'name = "parcel-sorter"' tocsin.toml || fail "the organisation is not named after the folder"
