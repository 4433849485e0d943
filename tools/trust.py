"""Write the generated parts of docs/trust.md: the table of faults, and with `--soak STATE` the figures of a soak run.

Usage: python tools/trust.py [--soak soak.json]
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
PAGE = ROOT / "docs" / "trust.md"
VERDICTS = ("PROVED", "REFUTED", "VACUOUS", "NOTHING", "UNKNOWN")


def between(text: str, name: str, new: str) -> str:
    """The text with what stands between the marks of a part replaced."""
    start, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = text.split(start)
    return f"{before}{start}\n{new}\n{end}{rest.split(end)[1]}"


def figures(state: dict) -> str:
    """A soak run in words and a table of verdicts."""
    from refcheck.obligation import NAMES

    counts, bad = state["figures"], len(state["disagreements"])
    updater, tree = counts.get("functions with the updater", 0), counts.get("runs of the tree", 0)
    rows = [f"| {p} | {' | '.join(str(counts.get(f'{p} {v}', 0)) for v in VERDICTS)} |" for p in NAMES]
    last = state["first"] + state["tried"] - 1
    return "\n".join(
        [
            f"{state['tried']:,} programs (seeds {state['first']} to {last}, revision {state['revision']}),",
            f"{counts['functions']:,} functions in their entry contexts, **{bad} disagreements**.",
            f"{counts.get('cut off', 0):,} functions have more than 3,000 states: there UNKNOWN is allowed.",
            f"{updater:,} functions were also compared with the model of the updater, and {tree:,} runs of the interpreter",
            "of the syntax tree with walks through the graph.",
            "",
            f"| property | {' | '.join(VERDICTS)} |",
            "| --- | " + " | ".join("---:" for _ in VERDICTS) + " |",
            *rows,
        ]
    )


def main() -> None:
    """Rewrite the page."""
    from faults import table

    parser = argparse.ArgumentParser(description="Write the generated parts of docs/trust.md")
    parser.add_argument("--soak", help="the state file of a soak run")
    args = parser.parse_args()
    text = between(PAGE.read_text(encoding="utf-8"), "faults", table())
    if args.soak:
        text = between(text, "soak", figures(json.loads(Path(args.soak).read_text(encoding="utf-8"))))
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
