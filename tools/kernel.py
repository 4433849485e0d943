# SPDX-License-Identifier: GPL-2.0-only
"""What `refcheck verify` says of the tunnels of a kernel tree, as the tables of docs/kernel.md.

    python tools/kernel.py --tree DIR [FILE...]
    python tools/kernel.py

The first verifies the files (all of FILES unless some are named) and keeps what was said in docs/kernel.json: names, lines
and figures, no text of the kernel.  Both write the tables between the marks of docs/kernel.md, that of the slips of
docs/kernel-seeds.json (tools/seeds.py) among them.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import seeds

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, DATA, SLIPS = DOCS / "kernel.md", DOCS / "kernel.json", DOCS / "kernel-seeds.json"
BEGIN, END = "<!-- tools/kernel.py: from here -->", "<!-- tools/kernel.py: to here -->"
SLIPS_BEGIN, SLIPS_END = "<!-- tools/seeds.py: from here -->", "<!-- tools/seeds.py: to here -->"
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
    p.add_argument("files", nargs="*", help="files of the tree, all unless some are named")
    p.add_argument("--tree", type=Path)
    args = p.parse_args()
    known = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    if args.tree:
        names = args.files or sorted(str(f.relative_to(args.tree)) for g in FILES for f in args.tree.glob(g))
        for name in names:
            known[name] = verified(args.tree, name)
            DATA.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
            print(name, known[name]["verdicts"], flush=True)
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), known), encoding="utf-8")
    return 0


def verified(tree: Path, name: str) -> dict[str, Any]:
    """The figures of one file, and its verdicts that are no proof; RuntimeError where there are none."""
    tool = str(Path(sys.executable).with_name("refcheck"))
    command = [tool, "verify", "--tree", str(tree), "--format", "json", str(tree / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    run = json.loads(done.stdout)
    found = [row(r) for r in run["results"]]
    errors = [e["message"] for e in run["errors"] if e["message"] != "no function to verify was found"]
    if errors:
        raise RuntimeError(f"{name}: {errors[0]}")
    return {"verdicts": dict(Counter(r["verdict"] for r in found)), "rows": [r for r in found if r["verdict"] != "PROVED"]}


def row(r: dict[str, Any]) -> dict[str, Any]:
    """What is kept of one verdict."""
    sure = r["from_c"]["certain"]
    verdict = r["verdict"]
    if verdict == "REFUTED" and not any(sure):
        verdict = "SUSPECT"
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
    for begin, end, made in ((BEGIN, END, tables(known)), (SLIPS_BEGIN, SLIPS_END, slips)):
        before, rest = text.split(begin)
        text = f"{before}{begin}\n\n{made}\n\n{end}{rest.split(end)[1]}"
    return text


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


def words(r: dict[str, Any]) -> str:
    """What is said of a function that is not proved."""
    lines = "; ".join(f"{p} at {line}, {c}" for p, line, c in r.get("findings", []))
    return (lines or f"{r['verdict']}: {r['why']}").replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
