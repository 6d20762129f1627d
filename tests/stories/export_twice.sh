# Exports are byte-stable: the same workspace gives the same bytes again, from a copy elsewhere and after a second look at the same sources; what is
# exported can be taken in again, and is known then.
export TOCSIN_NOW=2026-11-20T08:00:00Z
tocsin demo demo
expect 0
export_all() {
  tocsin export stix --workspace "$1" --output "$2.stix.json"
  expect 0
  for format in csv json xlsx; do
    tocsin register export --workspace "$1" --output "$2.register.$format"
    expect 0
  done
}
export_all demo first
export_all demo again
for file in stix.json register.csv register.json register.xlsx; do same "first.$file" "again.$file"; done
cp -r demo elsewhere
export_all elsewhere copy
same first.stix.json copy.stix.json
tocsin collect --workspace demo --from demo/feeds
tocsin export stix --workspace demo --output later.stix.json
expect 0
same first.stix.json later.stix.json
grep -q '"type": *"bundle"' first.stix.json || fail "no bundle was exported"
