# SPDX-License-Identifier: GPL-2.0-only
"""Rows of a run as Markdown, CSV and plots; ratios do not depend on the machine, seconds do."""

import csv
import io
import math
from itertools import pairwise
from pathlib import Path

TOOLS = ("refcheck", "cbmc", "spin")


def line(row: dict) -> str:
    """One row on one line, for whoever watches."""
    parts = [
        f"{t} {x['verdict']} {x['seconds']:.2f}s (CPU {x['cpu']:.2f}) {x['megabytes']:.0f}MB"
        for t, x in ((t, row[t]) for t in TOOLS if t in row)
    ]
    return f"{row['family']} {row['n']} {row['variant']}: " + ", ".join(parts) + f"  load {row['load']:.1f}"


def ratio(row: dict, tool: str, what: str = "seconds") -> str:
    """How many times as long the other tool takes, by the clock or by CPU; `> x` where it was stopped at the limit."""
    if tool not in row or "refcheck" not in row:
        return "-"
    ours, theirs = row["refcheck"], row[tool]
    if ours["verdict"] not in ("holds", "fails"):
        return ours["verdict"]
    sign = "> " if theirs["verdict"] == "limit" else ""
    return f"{sign}{theirs[what] / ours[what]:.1f}" if theirs["verdict"] != "fault" else "fault"


def csv_text(rows: list[dict]) -> str:
    """One line for each tool on each program."""
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\n")
    numbers, about = ["seconds", "cpu", "others", "megabytes", "runs"], ["load", "when", "commit"]
    w.writerow(["family", "n", "variant", "locations", "tool", "verdict", *numbers, *about])
    for r in rows:
        for t in TOOLS:
            if t in r:
                x = r[t]
                what = [r["family"], r["n"], r["variant"], r.get("locations", ""), t, x["verdict"]]
                w.writerow([*what, *(x[k] for k in numbers), *(r[k] for k in about)])
    return out.getvalue()


def markdown(found: dict) -> str:
    """All results as a page."""
    about, rows = found["about"], found["rows"]
    versions = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
    lines = ["# Results", "", "Written by `benchmarks/run.py`; [README](../README.md) says what is measured.", ""]
    lines += [f"{versions}; {about['cores']} cores.", "", *_parts(found)]
    lines += [*_start(found.get("start")), *_many(found.get("many")), "## Families", ""]
    lines += [
        "Seconds of wall clock, and in brackets of CPU.  A ratio is the time of the peer divided by that of refcheck, by"
    ]
    lines += ["the clock and by CPU; the second one stays fair where other work shared the cores.", ""]
    head = ["family", "n", "locations", "variant", "refcheck", "MB", "CBMC", "SPIN = spin + cc + pan"]
    head += ["CBMC ratio", "SPIN ratio"]
    lines += [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for r in sorted(rows, key=lambda r: (_order(rows)[r["family"]], r["n"], r["variant"] == "bug")):
        memory = f"{r['refcheck']['megabytes']:.0f}" if "refcheck" in r else "-"
        cells = [r["family"], r["n"], r.get("locations", "-"), r["variant"], _time(r, "refcheck"), memory]
        cells += [_time(r, "cbmc"), _spin(r), _both(r, "cbmc"), _both(r, "spin")]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, "", *_doubling(rows), *_bugs(rows)]) + "\n"


def _order(rows: list[dict]) -> dict[str, int]:
    return {f: i for i, f in enumerate(dict.fromkeys(r["family"] for r in rows))}


def _parts(found: dict) -> list[str]:
    """When each part was measured, at which commit, and how much of all cores other processes used meanwhile."""
    rows = found["rows"]
    parts: list[tuple[str, list[dict]]] = [(k, [found[k]]) for k in ("start", "many") if k in found]
    parts += [(f, [r for r in rows if r["family"] == f]) for f in _order(rows)]
    lines = ["| part | begun | commit | load | cores used by others |", "| --- | --- | --- | --- | --- |"]
    for name, items in parts:
        commits = ", ".join(dict.fromkeys(i["commit"] for i in items))
        others = [x["others"] for i in items for x in ([i] if "others" in i else [i[t] for t in TOOLS if t in i])]
        loads = [i["load"] for i in items]
        spread = f"{min(loads):.1f} to {max(loads):.1f}" if len(loads) > 1 else f"{loads[0]:.1f}"
        lines.append(f"| {name} | {items[0]['when']} | {commits} | {spread} | {sum(others) / len(others):.0%} |")
    return [*lines, ""]


def _start(start: dict | None) -> list[str]:
    if start is None:
        return []
    lines = ["## Start-up", "", "| ratio | by the clock | by CPU |", "| --- | --- | --- |"]
    lines += [f"| {k} | {clock} | {cpu} |" for k, (clock, cpu) in start["ratios"].items()]
    lines += ["", "Seconds: " + ", ".join(f"{k} {v}" for k, v in start["seconds"].items()) + ".", ""]
    return [*lines, "CPU: " + ", ".join(f"{k} {v}" for k, v in start["cpu"].items()) + ".", ""]


def _many(many: dict | None) -> list[str]:
    if many is None:
        return []
    times = f"{many['files']} files: --jobs 1 takes {many['jobs_1']} s, --jobs 2 {many['jobs_2']} s, ratio {many['ratio']}"
    turns = ", ".join(map(str, many["ratios"]))
    cpu = f"CPU {many['cpu'][0]} and {many['cpu'][1]} s"
    memory = f"at most {many['megabytes']} MB in one process, {many['megabytes_of_a_tenth']} MB for a tenth of the files"
    return ["## Many files", "", f"{times} (medians; turn by turn {turns}); {cpu}; {memory}.", ""]


def _both(row: dict, tool: str) -> str:
    by_clock, by_cpu = ratio(row, tool), ratio(row, tool, "cpu")
    return by_clock if by_clock in ("-", by_cpu) else f"{by_clock} ({by_cpu})"


def _time(row: dict, tool: str) -> str:
    if tool not in row:
        return "-"
    x = row[tool]
    mark = {"holds": "", "fails": "", "limit": " (stopped)", "unknown": " (unknown)", "fault": " (fault)"}[x["verdict"]]
    return f"{x['seconds']:.2f} ({x['cpu']:.2f}){mark}"


def _spin(row: dict) -> str:
    if "spin" not in row:
        return "-"
    return _time(row, "spin") + " = " + " + ".join(f"{s:.2f}" for s in row["spin"]["phases"].values())


def _doubling(rows: list[dict]) -> list[str]:
    """Time per doubling of the locations, from 1,000 on."""
    lines = ["## Growth of refcheck from 1,000 locations on", ""]
    lines += ["By what the time grows for twice the locations, reckoned between two sizes, by the clock and by CPU.", ""]
    lines += ["| family | variant | locations | seconds | factor | factor, CPU |", "| --- | --- | --- | --- | --- | --- |"]
    by: dict[tuple[str, str], list[dict]] = {}
    for r in rows:
        if r.get("locations", 0) >= 1000 and r.get("refcheck", {}).get("verdict") in ("holds", "fails"):
            by.setdefault((r["family"], r["variant"]), []).append(r)
    for (family, variant), found in by.items():
        for a, b in pairwise(found):
            where = f"{a['locations']} to {b['locations']}"
            seconds = f"{a['refcheck']['seconds']:.2f} to {b['refcheck']['seconds']:.2f}"
            factors = f"{_factor(a, b, 'seconds'):.2f} | {_factor(a, b, 'cpu'):.2f}"
            lines.append(f"| {family} | {variant} | {where} | {seconds} | {factors} |")
    return [*lines, ""]


def _factor(a: dict, b: dict, what: str) -> float:
    return 2 ** (math.log(b["refcheck"][what] / a["refcheck"][what]) / math.log(b["locations"] / a["locations"]))


def _bugs(rows: list[dict]) -> list[str]:
    """The bug variant against the safe one."""
    lines = ["## The bug variant against the safe one (refcheck)", "", "| family | n | bug / safe | CPU |"]
    lines.append("| --- | --- | --- | --- |")
    safe = {(r["family"], r["n"]): r for r in rows if r["variant"] == "safe"}
    for r in rows:
        other = safe.get((r["family"], r["n"]))
        if r["variant"] == "bug" and other and all(x["refcheck"]["verdict"] in ("holds", "fails") for x in (r, other)):
            ratios = [r["refcheck"][k] / other["refcheck"][k] for k in ("seconds", "cpu")]
            lines.append(f"| {r['family']} | {r['n']} | {ratios[0]:.2f} | {ratios[1]:.2f} |")
    return lines


def plots(rows: list[dict], output: Path) -> None:
    """One picture for all families: time over size, both axes logarithmic; nothing where matplotlib is not installed."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("matplotlib is not installed: no plots (pip install 'kernel-refcheck[bench]')")
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    families = list(dict.fromkeys(r["family"] for r in rows))
    for what, unit in (("seconds", "seconds, whole process"), ("megabytes", "MB, largest process")):
        figure, axes = plt.subplots(3, 3, figsize=(13, 11), constrained_layout=True)
        for axis, family in zip(axes.flat, families, strict=False):
            _panel(axis, [r for r in rows if r["family"] == family], what)
            axis.set_title(family)
            axis.set_xlabel("n")
            axis.set_ylabel(unit)
        for axis in list(axes.flat)[len(families) :]:
            axis.axis("off")
        handles, labels = axes.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="lower right", fontsize=11)
        figure.savefig(output / f"{what}.svg", metadata={"Date": None})
        plt.close(figure)


def _panel(axis: object, rows: list[dict], what: str) -> None:
    colours = {"refcheck": "tab:blue", "cbmc": "tab:orange", "spin": "tab:green"}
    for tool in TOOLS:
        for variant, style in (("safe", "-"), ("bug", "--")):
            found = [r for r in rows if r["variant"] == variant and tool in r]
            ended = [(r["n"], r[tool][what]) for r in found if r[tool]["verdict"] in ("holds", "fails")]
            stopped = [(r["n"], r[tool][what]) for r in found if r[tool]["verdict"] in ("limit", "unknown")]
            label = f"{tool}, {variant}"
            axis.loglog(*_columns(ended), style, marker="o", ms=4, color=colours[tool], label=label)  # type: ignore[attr-defined]
            axis.loglog(*_columns(stopped), "x", ms=9, color=colours[tool])  # type: ignore[attr-defined]
    axis.grid(True, which="major", alpha=0.3)  # type: ignore[attr-defined]


def _columns(points: list[tuple[int, float]]) -> tuple[list[int], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
