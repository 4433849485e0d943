# SPDX-License-Identifier: GPL-2.0-only
"""What `refcheck verify` says of the tunnels of a kernel tree, as the tables of docs/kernel.md.

    python tools/kernel.py --tree DIR [FILE...]
    python tools/kernel.py --tree DIR --whole FOLDER...
    python tools/kernel.py --tree DIR --check
    python tools/kernel.py

The first verifies the files (all of FILES unless some are named) and keeps what was said in docs/kernel.json: names, lines
and figures, no text of the kernel.  It and the last write the tables between the marks of docs/kernel.md, that of the slips
of docs/kernel-seeds.json (tools/seeds.py) among them.  The second verifies all files of some folders and prints figures of
each folder and what is certain.  --check verifies FILES and says by function what is no more what docs/kernel.json has; it
ends with 1 where there is any, and does nothing where the tree is of another version.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import seeds
from pages import between

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, DATA, SLIPS = DOCS / "kernel.md", DOCS / "kernel.json", DOCS / "kernel-seeds.json"
VERSION = "7.2"
FILES = (
    "drivers/net/amt.c", "drivers/net/bareudp.c", "drivers/net/geneve.c", "drivers/net/gtp.c", "drivers/net/pfcp.c",
    "drivers/net/ppp/pptp.c", "drivers/net/ovpn/*.c", "drivers/net/vxlan/*.c", "drivers/net/wireguard/*.c",
    "net/core/dst_cache.c", "net/ipv4/gre_demux.c", "net/ipv4/gre_offload.c", "net/ipv4/ip_gre.c", "net/ipv4/ip_tunnel*.c",
    "net/ipv4/ipip.c", "net/ipv4/udp_tunnel*.c", "net/ipv6/ioam6*.c", "net/ipv6/ip6_gre.c", "net/ipv6/ip6_tunnel.c",
    "net/ipv6/ip6_udp_tunnel.c", "net/ipv6/rpl*.c", "net/ipv6/seg6*.c", "net/ipv6/sit.c", "net/l2tp/l2tp_core.c",
    "net/sctp/*.c", "net/tipc/udp_media.c",
)  # fmt: skip
WORDS = ("PROVED", "REFUTED", "SUSPECT", "VACUOUS", "UNKNOWN", "not read")


def main() -> int:
    """Verify where a tree is given, and write the tables."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("files", nargs="*", help="files of the tree, all unless some are named; folders with --whole")
    p.add_argument("--tree", type=Path)
    p.add_argument("--whole", action="store_true", help="all files of some folders")
    p.add_argument("--check", action="store_true", help="compare with what is kept, and write nothing")
    args = p.parse_args()
    known = json.loads(DATA.read_text(encoding="utf-8"))
    if args.check:
        return check(args.tree, known)
    if args.tree and args.whole:
        told = [verdicts(args.tree, [name]) for name in args.files]
        print(by_folder({name: rows for one in told for name, rows in one.items()}))
        return 0
    if args.tree:
        known |= {name: figures(rows) for name, rows in verdicts(args.tree, args.files or listed(args.tree)).items()}
        DATA.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), known), encoding="utf-8")
    return 0


def listed(tree: Path) -> list[str]:
    """The files of FILES."""
    return sorted(str(f.relative_to(tree)) for g in FILES for f in tree.glob(g))


def check(tree: Path, known: dict[str, dict[str, Any]]) -> int:
    """Compare the verdicts of FILES with those that are kept, by function."""
    if not tree.name.endswith(f"-{VERSION}"):
        print(f"kernel: {tree.name} is not {VERSION}, of which docs/kernel.json speaks; nothing is compared")
        return 0
    told = {name: figures(rows) for name, rows in verdicts(tree, listed(tree)).items()}
    changed = 0
    for name in sorted(told | known):
        was, now = said(known.get(name)), said(told.get(name))
        for function in sorted(was.keys() | now.keys()):
            if was.get(function) != now.get(function):
                changed += 1
                print(f"{name}: {function}: {was.get(function, 'proved')} -> {now.get(function, 'proved')}")
    print(f"kernel: {len(told)} files, {changed} functions with another verdict")
    return 1 if changed else 0


def said(file: dict[str, Any] | None) -> dict[str, str]:
    """What is said of the functions of a file that are no proof: verdict and what is broken, without lines."""
    found: dict[str, set[str]] = {}
    for r in file["rows"] if file else ():
        words = {f"{certainty} {prop}" for prop, _, certainty in r.get("findings", [])}
        found.setdefault(r["function"], set()).update(words or {r["verdict"]})
    return {name: ", ".join(sorted(words)) for name, words in found.items()}


def verdicts(tree: Path, names: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The verdicts of some files or folders, by file; RuntimeError where something is wrong with them."""
    tool = str(Path(sys.executable).with_name("refcheck"))
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        command = [tool, "verify", "--quiet", "--tree", str(tree), "--output", f"json={report}"]
        subprocess.run([*command, *(str(tree / n) for n in names)], stdout=subprocess.DEVNULL, check=False)
        run = json.loads(report.read_text(encoding="utf-8"))
    if run["errors"]:
        raise RuntimeError(run["errors"][0]["message"])
    found: dict[str, list[dict[str, Any]]] = {n: [] for n in names if n.endswith(".c")}
    for r in run["results"]:
        found.setdefault(str(Path(r["model"]).relative_to(tree)), []).append(row(r))
    return found


def figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many verdicts a file has of each kind, and those that are no proof."""
    return {"verdicts": dict(Counter(r["verdict"] for r in rows)), "rows": [r for r in rows if r["verdict"] != "PROVED"]}


def suspected(r: dict[str, Any]) -> str:
    """The verdict; a refutation from C of which no finding is certain is a suspicion."""
    sure = r["from_c"] is None or any(r["from_c"]["certain"])
    return "SUSPECT" if r["verdict"] == "REFUTED" and not sure else str(r["verdict"])


def row(r: dict[str, Any]) -> dict[str, Any]:
    """What is kept of one verdict."""
    sure, verdict = r["from_c"]["certain"], suspected(r)
    if verdict == "UNKNOWN" and r["from_c"]["how"] == "not read":
        verdict = "not read"
    made: dict[str, Any] = {"function": r["function"], "line": r["place"]["line"], "verdict": verdict}
    if r["from_c"]["variant"]:
        made["variant"] = " && ".join(r["from_c"]["variant"])
    if r["entry"]:
        made["entry"] = r["entry"]
    if r["findings"]:
        rows = ((f["property"], f["place"]["line"], c) for f, c in zip(r["findings"], sure, strict=True))
        made["findings"] = [[p, line, "certain" if c else "possible"] for p, line, c in dict.fromkeys(rows)]
    if verdict in ("UNKNOWN", "not read"):
        made["why"] = r["properties"][0]["reason"].removeprefix("not read: ")
    if verdict == "VACUOUS":
        lines = sorted({u["place"]["line"] for u in r["unreached"] if u["what"] == "branch" and u["place"]})
        made["why"] = f"a branch is taken on no path, at line {', '.join(map(str, lines))}" if lines else "no exit"
    return made


def page(text: str, known: dict[str, dict[str, Any]]) -> str:
    """The page with its tables made anew."""
    slips = seeds.table(json.loads(SLIPS.read_text(encoding="utf-8")))
    return between(between(text, "files", f"\n{tables(known)}\n"), "slips", f"\n{slips}\n")


def tables(known: dict[str, dict[str, Any]]) -> str:
    """The verdicts by file, and every one that is no proof."""
    total: Counter[str] = Counter()
    out = [f"| file | verdicts | {' | '.join(WORDS)} |", f"|{' --- |' * (len(WORDS) + 2)}"]
    for name, said in known.items():
        count = Counter(said["verdicts"])
        total += count
        if count:
            out.append(f"| {name} | {count.total()} | {' | '.join(str(count[w]) for w in WORDS)} |")
    out += [f"| all | {total.total()} | {' | '.join(str(total[w]) for w in WORDS)} |", ""]
    out += ["| file | function | what is said |", "| --- | --- | --- |"]
    for name, said in known.items():
        found = dict.fromkeys((r["function"], words(r)) for r in said["rows"])
        out += [f"| {name} | {function} | {text} |" for function, text in found]
    return "\n".join(out)


def by_folder(told: dict[str, list[dict[str, Any]]]) -> str:
    """The verdicts by folder, two levels deep, and every one that is certain, with its file."""
    folders: dict[str, Counter[str]] = {}
    for name, rows in told.items():
        parts = name.split("/")
        folder = "/".join(parts[: min(len(parts) - 1, 3 if parts[0] == "drivers" else 2)])
        folders.setdefault(folder, Counter()).update(r["verdict"] for r in rows)
    folders["all"] = sum(folders.values(), Counter())
    out = [f"| folder | verdicts | {' | '.join(WORDS)} |", f"|{' --- |' * (len(WORDS) + 2)}"]
    out += [f"| {n} | {c.total()} | {' | '.join(str(c[w]) for w in WORDS)} |" for n, c in folders.items()]
    out += ["", "| file | function | what is said |", "| --- | --- | --- |"]
    sure = [(name, r) for name, rows in sorted(told.items()) for r in rows if r["verdict"] == "REFUTED"]
    return "\n".join([*out, *(f"| {name} | {r['function']} | {words(r)} |" for name, r in sure)])


def words(r: dict[str, Any]) -> str:
    """What is said of a function that is not proved."""
    lines = "; ".join(f"{p} at {line}, {c}" for p, line, c in r.get("findings", []))
    return (lines or f"{r['verdict']}: {r['why']}").replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
