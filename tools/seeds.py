# SPDX-License-Identifier: GPL-2.0-only
"""Breaks C files by one small slip at a time, and says which slips `refcheck verify` finds.

    python tools/seeds.py --tree DIR [--count N] [--seed N] [--kinds KIND...] [--output FILE] C-FILE...
    python tools/seeds.py --table FILE
    python tools/seeds.py --tree DIR --again FILE

Files are named as in the tree.  Each slip is chosen by a seeded generator among all that tools/seeding.py finds, written
into a private copy of the tree (hard links, so that it costs little), verified, and taken back.  What becomes of it:

- found       a finding of its function or of a caller that was not there before, resting on nothing assumed
- possible    the same, resting on an assumption
- ambiguous   the contract of the function has become ambiguous: one result, two fates of an argument
- changed     another verdict or other assumptions without a finding
- masked      the function had the same finding before, so that nothing can be told
- undecided   the function got no verdict, before or after
- same        nothing has changed, and the function is held to the same contract, which it keeps: to references and
              sections the slip makes no difference
- missed      nothing has changed but the contract that was inferred

--again looks at what an earlier run missed: is the contract the same?

--output keeps seed, slips and outcomes (names and lines, no text of the files); --table prints such a file as Markdown.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import seeding

from refcheck.base.source import SourceFile
from refcheck.c import tree
from refcheck.c.parse import parse
from refcheck.slice.facts import nodes

OUTCOMES = ("found", "possible", "ambiguous", "changed", "masked", "undecided", "same", "missed")
DECIDED = {"PROVED", "REFUTED", "VACUOUS"}


class Finding(NamedTuple):
    """One finding: function, property and line, what it is about, and how certain it is."""

    function: str
    property: str
    line: int
    subject: str
    certainty: str


class Verified(NamedTuple):
    """One run over a file: the verdicts by function, what they rest on, the findings; `failed` says why there is no run."""

    verdicts: dict[str, str]
    rests: dict[str, tuple[str, ...]]
    findings: frozenset[Finding]
    failed: str = ""


def main() -> int:
    """Choose, break, verify, and write down."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("files", nargs="*", help="C files, named as in the tree")
    p.add_argument("--tree", type=Path, help="the source tree")
    p.add_argument("--count", type=int, default=300)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--kinds", nargs="+", choices=list(seeding.KINDS), default=list(seeding.KINDS))
    p.add_argument("--timeout", type=float, default=120, help="seconds for one file")
    p.add_argument("--specs", help="as refcheck verify takes it")
    p.add_argument("--spec", help="as refcheck verify takes it")
    p.add_argument("--scratch", type=Path, help="where the copy of the tree is made; best on the same disk")
    p.add_argument("--output", type=Path, help="where the outcomes are kept, as JSON")
    p.add_argument("--table", type=Path, help="print the outcomes of an earlier run as Markdown")
    p.add_argument("--again", type=Path, help="tell in the outcomes of an earlier run what makes no difference")
    args = p.parse_args()
    if args.again and args.tree:
        found = json.loads(args.again.read_text(encoding="utf-8"))
        again(args, found["rows"])
        args.again.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        return 0
    if args.table:
        print(table(json.loads(args.table.read_text(encoding="utf-8"))))
        return 0
    if not args.tree or not args.files:
        p.error("--tree and the names of C files are needed")
    found = run(args)
    print(table(found))
    return 0


def run(args: argparse.Namespace) -> dict:
    """All slips that were chosen, each with what became of it."""
    known = seeding.effects()
    sources = {f: SourceFile(f, (args.tree / f).read_text(encoding="utf-8", errors="replace")) for f in args.files}
    every = [(f, s) for f, source in sources.items() for s in seeding.sites(source, known) if s.kind in args.kinds]
    chosen = random.Random(args.seed).sample(every, min(args.count, len(every)))
    chosen.sort(key=lambda c: (c[0], c[1].line, c[1].kind))
    rows: list[dict] = []
    found = {"seed": args.seed, "count": len(chosen), "of": len(every), "kinds": args.kinds, "rows": rows}
    if args.scratch:
        args.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.scratch) as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(args.tree, copy, copy_function=linked, symlinks=True)
        more = [x for n in ("specs", "spec") if (given := getattr(args, n)) for x in (f"--{n}", given)]
        base: dict[str, Verified] = {}
        for file, site in chosen:
            began = time.monotonic()
            if file not in base:
                base[file] = verified(copy, file, args.timeout, more)
            put(copy / file, seeding.broken(sources[file], site))
            only = [x for f in concerned(sources[file], site.function) for x in ("-f", f)]
            outcome, why = judged(site, base[file], verified(copy, file, args.timeout, [*more, *only]))
            put(copy / file, sources[file].text)
            row = {"file": file, "function": site.function, "line": site.line, "kind": site.kind, "about": site.about}
            rows.append(row | {"outcome": outcome, "why": why, "seconds": round(time.monotonic() - began, 2)})
            if args.output:
                args.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            if outcome not in ("found", "possible", "ambiguous"):
                print(f"{outcome}: {file}:{site.line} {site.function}: {site.kind} {site.about}: {why}", file=sys.stderr)
    return found


def again(args: argparse.Namespace, rows: list[dict]) -> None:
    """Tell, of the slips that were missed, those that leave the contract as it is."""
    known = seeding.effects()
    with tempfile.TemporaryDirectory(dir=args.scratch) as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(args.tree, copy, copy_function=linked, symlinks=True)
        for row in rows:
            if row["outcome"] != "missed":
                continue
            path, name = copy / row["file"], row["function"]
            source = SourceFile(row["file"], path.read_text(encoding="utf-8", errors="replace"))
            key = (name, row["line"], row["kind"], row["about"])
            site = next(s for s in seeding.sites(source, known) if (s.function, s.line, s.kind, s.about) == key)
            before = contract(copy, path, name)
            put(path, seeding.broken(source, site))
            after = contract(copy, path, name)
            put(path, source.text)
            row["why"] = "another contract is inferred"
            if before == after:
                row["outcome"], row["why"] = "same", "the contract is the same"


def contract(root: Path, path: Path, function: str) -> str:
    """The contract that is inferred for a function, as text; empty where it needs none, or has one."""
    command = [str(Path(sys.executable).with_name("refcheck")), "slice", str(path), "--tree", str(root)]
    done = subprocess.run([*command, "-f", function, "--contracts"], capture_output=True, text=True, check=False)
    found = re.search(rf"^[^\n]*\b{function}\(.*?\}}\n", done.stdout, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def concerned(source: SourceFile, function: str) -> list[str]:
    """A function of a file and all that lead to it: what a slip in it can change."""
    calls: dict[str, set[str]] = {}
    for item in parse(source).items:
        if isinstance(item, tree.CFunction) and item.body is not None:
            named = {n.name for n in nodes(item.body) if isinstance(n, tree.Id)}
            calls.setdefault(item.name, set()).update(named)
    found = {function}
    while more := {f for f, named in calls.items() if named & found} - found:
        found |= more
    return sorted(found)


def linked(source: str, target: str) -> None:
    """A hard link, or a copy where there is none between the two places."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def put(path: Path, text: str) -> None:
    """Another file in the place of a hard link, so that the tree itself stays as it is."""
    other = path.with_name(path.name + ".new")
    other.write_text(text, encoding="utf-8")
    other.replace(path)


def verified(copy: Path, file: str, limit: float, more: list[str]) -> Verified:
    """`refcheck verify` on a file of the copy."""
    tool = str(Path(sys.executable).with_name("refcheck"))
    command = [tool, "verify", str(copy / file), "--tree", str(copy), "--format", "json", *more]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        return Verified({}, {}, frozenset(), f"more than {limit:.0f} s")
    try:
        return verdicts(json.loads(done.stdout))
    except ValueError:
        return Verified({}, {}, frozenset(), f"status {done.returncode}: {done.stderr.strip()[-200:]}")


def verdicts(run: dict) -> Verified:
    """What a run in its JSON form says, function by function."""
    by: dict[str, str] = {}
    rests: dict[str, tuple[str, ...]] = {}
    findings: set[Finding] = set()
    for r in run["results"]:
        name, c = r["function"], r.get("from_c") or {"certain": [], "assumed": [], "inferred": [], "ambiguous": []}
        if r["verdict"] != "PROVED" or name not in by:
            by[name] = r["verdict"]
        assumed = {*r["rests_on"], *(f"{a['kind']} {a['text']}" for a in c["assumed"]), *c["inferred"]}
        rests[name] = tuple(sorted({*rests.get(name, ()), *assumed}))
        for n, f in enumerate(r["findings"]):
            certainty = "certain" if n >= len(c["certain"]) or c["certain"][n] else "possible"
            findings.add(Finding(name, f["property"], f["place"]["line"], f["subject"], certainty))
        findings |= {Finding(name, "ambiguous-contract", 0, text, "possible") for text in c["ambiguous"]}
    return Verified(by, rests, frozenset(findings))


def judged(site: seeding.Site, before: Verified, after: Verified) -> tuple[str, str]:
    """What became of a slip, and a word why."""
    if before.failed or after.failed:
        return "undecided", before.failed or after.failed
    new = {f for f in after.findings - before.findings if before.verdicts.get(f.function) in DECIDED}
    for outcome, those in (
        ("found", {f for f in new if f.certainty == "certain" and "ambiguous" not in f.property}),
        ("ambiguous", {f for f in new if "ambiguous" in f.property}),
        ("possible", new),
    ):
        if those:
            return outcome, ", ".join(sorted({f"{f.function}: {f.property}" for f in those}))
    name = site.function
    if before.verdicts.get(name) not in DECIDED or after.verdicts.get(name) not in DECIDED:
        return "undecided", f"{before.verdicts.get(name)}, then {after.verdicts.get(name)}"
    changed = {
        f for f in after.verdicts if (before.verdicts.get(f), before.rests.get(f)) != (after.verdicts[f], after.rests[f])
    }
    if changed:
        return "changed", ", ".join(sorted(changed))
    if before.verdicts[name] == "REFUTED":
        return "masked", "refuted before"
    return "missed", before.verdicts[name]


def table(found: dict) -> str:
    """The outcomes as Markdown: by kind, by file, and each slip that is not found and makes a difference."""
    rows = found["rows"]
    lines = [f"Seed {found['seed']}: {found['count']} of {found['of']} slips.", ""]
    for what, words in (("kind", seeding.KINDS), ("file", {})):
        names = [k for k in words if any(r[what] == k for r in rows)] or sorted({r[what] for r in rows})
        lines += [f"| {what} | slips | {' | '.join(OUTCOMES)} |", "| --- " * (len(OUTCOMES) + 2) + "|"]
        for name in [*names, "all"]:
            count = Counter(r["outcome"] for r in rows if name in (r[what], "all"))
            shown = f"{name}: {words[name]}" if name in words else name
            lines.append(f"| {shown} | {sum(count.values())} | {' | '.join(str(count[o]) for o in OUTCOMES)} |")
        lines.append("")
    rest = [r for r in rows if r["outcome"] not in ("found", "possible", "ambiguous", "same")]
    if rest:
        lines += ["| where | slip | outcome | why |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {r['file']}:{r['line']} {r['function']} | {r['kind']}: {r['about']} | {r['outcome']} | {r['why']} |"
            for r in rest
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
