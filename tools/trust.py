# SPDX-License-Identifier: GPL-2.0-only
"""Write the generated parts of docs/trust.md: the tables of faults, and with `--soak STATE` the figures of a soak run.

Usage: python tools/trust.py [--soak soak.json ...]
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from pages import between

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
PAGE = ROOT / "docs" / "trust.md"
VERDICTS = ("PROVED", "REFUTED", "VACUOUS", "NOTHING", "UNKNOWN")


def figures(states: list[dict]) -> str:
    """Soak runs in words, with a table of the runs and one of the verdicts, those of all runs together."""
    from refcheck.graph.obligations import NAMES

    counts = Counter()
    for state in states:
        counts.update(state["figures"])
    tried = sum(state["tried"] for state in states)
    runs = []
    for s in states:
        seeds = f"{s['first']} to {s['first'] + s['tried'] - 1}"
        functions, bad = s["figures"]["functions"], len(s["disagreements"])
        runs.append(f"| {s['revision']} | {seeds} | {s['tried']:,} | {functions:,} | {bad} |")
    rows = [" | ".join([f"| {p}", *(f"{counts[p + ' ' + v]:,}" for v in VERDICTS)]) + " |" for p in NAMES]
    return "\n".join(
        [
            f"{tried:,} programs, {counts['functions']:,} functions in their entry contexts.",
            f"{counts['cut off']:,} functions have more than 3,000 states: there UNKNOWN is allowed.",
            f"{counts['functions with the updater']:,} functions were also compared with the model of the updater, and",
            f"{counts['runs of the tree']:,} runs of the interpreter of the syntax tree with walks through the graph.",
            "",
            "| revision | seeds | programs | functions | programs with disagreements |",
            "| --- | --- | ---: | ---: | ---: |",
            *runs,
            "",
            f"| property | {' | '.join(VERDICTS)} |",
            "| --- | " + " | ".join("---:" for _ in VERDICTS) + " |",
            *rows,
        ]
    )


def main() -> None:
    """Rewrite the page."""
    import contract_faults
    from faults import table

    parser = argparse.ArgumentParser(description="Write the generated parts of docs/trust.md")
    parser.add_argument("--soak", nargs="+", default=[], help="the state files of soak runs, the last one last")
    args = parser.parse_args()
    text = between(PAGE.read_text(encoding="utf-8"), "faults", table())
    text = between(text, "contract faults", contract_faults.table())
    if args.soak:
        states = [json.loads(Path(name).read_text(encoding="utf-8")) for name in args.soak]
        text = between(text, "soak", figures(states))
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
