# SPDX-License-Identifier: GPL-2.0-only
"""Models beside their sources: what `refcheck drift` says, and the verdicts of both, as the tables of docs/drift.md.

    python tools/drifted.py --before DIR --series DIR
    python tools/drifted.py

DIR are kernel trees: Linux 7.2, and the same with the noref series applied.  The first form compares models/before and
models/*.rc with them, verifies models and C, and keeps names and verdicts in docs/drift.json; both write the tables.
C is verified twice: as `refcheck verify` does it, and held to the contracts and entry contexts of the model.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from kernel import suspected
from pages import between

from refcheck.base.verdicts import Verdict
from refcheck.drift.compare import Against, beside
from refcheck.lower.function import entry_contexts, lower
from refcheck.prove.prove import Limits, verify
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared
from refcheck.verdict.verdict import Result

ROOT = Path(__file__).resolve().parents[1]
PAGE, DATA = ROOT / "docs" / "drift.md", ROOT / "docs" / "drift.json"
PARTS = {"before": ("models/before", "kernel.spec"), "series": ("models", "noref/kernel.spec")}
TITLES = {"before": "models/before, held against Linux 7.2", "series": "models/, held against 7.2 with the series"}
ORDER = ("REFUTED", "SUSPECT", "UNKNOWN", "VACUOUS", "PROVED")
Rows = list[dict[str, str]]


def main() -> int:
    """Compare where trees are given, and write the tables."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for part in PARTS:
        p.add_argument(f"--{part}", type=Path, metavar="DIR")
    args = p.parse_args()
    known = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    for part in PARTS:
        tree = getattr(args, part)
        if tree is not None:
            known[part] = rows(part, tree)
            DATA.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), known), encoding="utf-8")
    return 0


def run(*words: object) -> dict[str, Any]:
    """What a command of refcheck says, as data."""
    tool = str(Path(sys.executable).with_name("refcheck"))
    command = [tool, *map(str, words), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603  our own
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(part: str, tree: Path) -> Rows:
    """One row for each function of the models of a part."""
    folder, spec = PARTS[part]
    models = [str(p.relative_to(ROOT)) for p in sorted((ROOT / folder).glob("*.rc"))]
    found = run("drift", *models, "--tree", tree)["functions"]
    mine = verdicts(run("verify", *models)["results"])
    made: Rows = []
    for file in dict.fromkeys(f["file"] for f in found):
        here = [f for f in found if f["file"] == file]
        names = [w for f in here for w in ("-f", f["function"])]
        theirs = verdicts(run("verify", tree / file, *names, "--tree", tree, "--spec", spec)["results"])
        held = {n: v for m in dict.fromkeys(f["model"] for f in here) for n, v in held_to(ROOT / m, tree).items()}
        made += [
            {"function": f["function"], "file": file, "state": f["state"], "reason": f["reason"],
             "model": mine[f["function"]], "held": held.get(f["function"], ""), "c": theirs.get(f["function"], "")}
            for f in here
        ]  # fmt: skip
        print(part, file, flush=True)
    return made


def held_to(model: Path, tree: Path) -> dict[str, str]:
    """The verdict of each function of the source of a model with what the model declares."""
    known, _ = beside(model, Against(tree, Options(tree=tree), None, Shared()))
    found: dict[str, str] = {}
    for name, (_, side) in known.items():
        results = [
            verify(lower(v.decl, name, entry), Limits())
            for v in side.found.get(name, ()) if v.decl is not None for entry in entry_contexts(side.model, name)
        ]  # fmt: skip
        if results:
            broken = sorted({v.property for r in results for v in r.verdicts if v.verdict == Verdict.REFUTED})
            found[name] = _said({_of_c(r) for r in results}, broken)
    return found


def _of_c(r: Result) -> str:
    """What nothing reaches in a slice is no fault of the C: contracts tell more apart than a caller needs."""
    idle = {v.property for v in r.verdicts if v.verdict == Verdict.VACUOUS}
    return Verdict.PROVED if r.verdict == Verdict.VACUOUS and idle == {"sanity"} else r.verdict


def verdicts(results: list[dict[str, Any]]) -> dict[str, str]:
    """The verdict of each function over its entry contexts and variants: the worst, with the properties that are refuted."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for r in results:
        by_name.setdefault(r["function"], []).append(r)
    return {name: _verdict(rs) for name, rs in by_name.items()}


def _verdict(results: list[dict[str, Any]]) -> str:
    broken = {p["property"] for r in results for p in r["properties"] if p["verdict"] == "REFUTED"}
    return _said({suspected(r) for r in results}, sorted(broken))


def _said(words: set[str], broken: list[str]) -> str:
    worst = min(words, key=ORDER.index)
    return f"{worst} ({', '.join(broken)})" if broken else str(worst)


def page(text: str, known: dict[str, Rows]) -> str:
    """The page with the tables."""
    parts = [_table(part, known[part]) for part in PARTS if part in known]
    return between(text, "drifted", "\n" + "\n\n".join(parts) + "\n")


def _table(part: str, found: Rows) -> str:
    states = Counter(r["state"] for r in found)
    same = [r for r in found if r["state"] == "same"]
    agree, held = sum(r["model"] == r["c"] for r in same), sum(r["model"] == r["held"] for r in same)
    counts = ", ".join(f"{n} {state}" for state, n in states.most_common())
    out = [f"### {TITLES[part]}", "", f"{len(found)} functions: {counts}.",
           f"Of the {len(same)} that are the same, {held} have the verdict of the model where C is held to its contracts,",
           f"{agree} where C is verified alone.", "",
           "| function | file | paths | the model is | C with its contracts is | C alone is |",
           "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    out += [f"| `{r['function']}` | {r['file']} | {r['state']} | {r['model']} | {r['held']} | {r['c']} |" for r in found]
    return "\n".join(out)


if __name__ == "__main__":
    sys.exit(main())
