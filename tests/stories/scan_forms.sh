# SARIF is valid by its schema, JUnit is XML and counts what it says: for everything that a run can have to tell.
needs_corpus
schema=$corpus/schemas/sarif-2.1.0.schema.json
[ -f "$schema" ] && python3 -c 'import jsonschema' 2>/dev/null || { echo 'no SARIF schema, or no python3-jsonschema'; exit 77; }
export TOCSIN_NOW=2026-11-24T00:00:00Z
mkdir tree
printf '\x80\x02}.' >tree/good.pkl
printf "cos\nsystem\n(S'id \x1b]0;x\x07<b>\"&]]>'\ntR." >tree/evil.pkl
printf "cmy.own\nthing\n(S'id'\ntR." >tree/own.pkl
printf '\x80\x02}' >tree/cut.pkl
: >tree/empty.pkl
printf 'no format at all, of no kind' >tree/other
cp tree/evil.pkl $'tree/odd\033[31m\n"<&\xff name.pkl'
ln -s nowhere tree/dangling
mkfifo tree/pipe
ln -s "$PWD" tree/link
gzip -c tree/evil.pkl >tree/evil.gz
cat >accepted.toml <<'T'
[[suppression]]
rule = "pickle-unknown-call"
path = "tree/own.pkl"
reason = "ours & \"looked\" <at>"
expires = 2027-03-31
[[suppression]]
rule = "pickle-unknown-call"
path = "tree/own.pkl"
reason = "old"
expires = 2026-03-31
[[suppression]]
rule = "pickle-frame"
path = "tree/own.pkl"
reason = "nothing"
expires = 2027-03-31
[[suppression]]
rule = "pickle-frame"
T
printf 'type,value,name,reference\nsha256,%s,"known <&> thing",https://example.org/?a=1&b=2\nsha256,x,y,\n' "$(sha256sum tree/good.pkl | cut -d' ' -f1)" >known.csv
printf '%s  tree/good.pkl\nx  tree/missing\n' "$(printf 'a%.0s' $(seq 64))" >list
n=0
run() {
  n=$((n + 1))
  tocsin scan models "$@" --as sarif --output $n.sarif
  tocsin scan models "$@" --as junit --output $n.xml
}
run tree/good.pkl
run tree/evil.pkl
run tree --fail-on info
run tree --fail-on malicious --require-supported --config accepted.toml --indicators known.csv --from-manifest list
run "$corpus/models/malicious"
run "$corpus/models/benign" --fail-on info
python3 - "$schema" $n >.out 2>.err <<'P'
import json, sys, xml.etree.ElementTree as xml
import jsonschema
schema = json.load(open(sys.argv[1]))
validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
for n in range(1, int(sys.argv[2]) + 1):
    sarif = json.load(open(f"{n}.sarif", encoding="utf-8"))
    for error in validator.iter_errors(sarif):
        sys.exit(f"{n}.sarif: {list(error.absolute_path)}: {error.message[:200]}")
    # What the schema does not say: an index names its rule, and a list of suppressions is everywhere or nowhere.
    run = sarif["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert len({"suppressions" in result for result in run["results"]}) <= 1
    suite = xml.parse(f"{n}.xml").getroot()[0]
    cases = list(suite)
    count = lambda tag: sum(case.find(tag) is not None for case in cases)
    told = {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")}
    counted = {"tests": len(cases), "failures": count("failure"), "errors": count("error"), "skipped": count("skipped")}
    assert told == counted, (n, told, counted)
    print(n, len(run["results"]), told)
text = open("4.sarif").read()
assert 'looked\\" <at>' in text and '"accepted"' in text and "expired on 2026-03-31" in text and "known.csv:3" in text
P
code=$?
expect 0
