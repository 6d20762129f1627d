"""Makes files that attack and files that only look as if they did, scans them, and holds the answers against what they should be.

    run.py TOCSIN-SCAN [--keep FOLDER] [--only WORD]

`found`: at least suspicious. `honest`: nothing above information, and read to its end. `told`: suspicious, neither more nor less. Nothing that is made here is
ever loaded."""

import collections
import json
import os
import subprocess
import sys
import tempfile

import archives
import arrays
import graphs
import honest
import keras
import pickles
import settings
import weights

# How many of each there are: a part that is lost makes the test weaker without a word.
FILES = {"found": 1391, "honest": 556, "told": 3}
RANK = {"info": 1, "suspicious": 2, "malicious": 3}


def make(folder, only):
    made = {}

    def add(category, file, raw, expected):
        path = os.path.join(category, f"{len(made):04}-{file.replace('/', '_')}")
        if only and only not in path:
            made[path] = None
            return
        os.makedirs(os.path.join(folder, category), exist_ok=True)
        with open(os.path.join(folder, path), "wb") as out:
            out.write(raw)
        made[path] = (category, expected)

    for module in (pickles, archives, arrays, graphs, keras, settings, weights, honest):
        for part in module.ALL:
            part(add)
    return {path: facts for path, facts in made.items() if facts}


def main():
    program, *options = sys.argv[1:]
    keep = options[options.index("--keep") + 1] if "--keep" in options else None
    only = options[options.index("--only") + 1] if "--only" in options else None
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or temporary
        made = make(folder, only)
        scan = subprocess.run([program, "--as", "jsonl", "--no-hash", folder], capture_output=True, text=True)
        if scan.returncode not in (0, 1, 3):
            sys.exit(f"{program} ended with {scan.returncode}: {scan.stderr}")
        reports = {}
        for line in scan.stdout.splitlines():
            report = json.loads(line)
            if "path" in report:
                reports[os.path.relpath(report["path"], folder)] = report
    counts = collections.defaultdict(collections.Counter)
    bad = []
    kinds = collections.Counter(expected for _, expected in made.values())
    if not only and kinds != FILES:
        bad.append(f"there are {dict(kinds)} files, {FILES} were expected")
    for path, (category, expected) in made.items():
        report = reports.get(path)
        if report is None:
            bad.append(f"SKIPPED {path}")
            continue
        worst = max((RANK[f["severity"]] for f in report["findings"]), default=0)
        unread = bool(report.get("error") or report.get("unread") or not report.get("supported", True))
        counts[category]["files"] += 1
        right = worst >= 2 if expected == "found" else worst <= 1 and not unread if expected == "honest" else worst == 2
        counts[category]["found" if expected == "found" and right else "right" if right else "wrong"] += 1
        if not right:
            told = "; ".join(f"{f['severity']} {f['rule']}: {f['what']}" for f in report["findings"][:3])
            bad.append(f"{expected.upper()}? {path}: {told}{' UNREAD ' + str(report.get('error') or report.get('unread'))[:200] if unread else ''}")
    for category, count in sorted(counts.items()):
        print(category, dict(count))
    print("all", len(made), "wrong", len(bad))
    for one in bad:
        print(one)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
