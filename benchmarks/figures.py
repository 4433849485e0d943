"""Rows of a run as Markdown, CSV and plots; ratios do not depend on the machine, seconds do."""

import csv
import io
import math
from itertools import pairwise
from pathlib import Path

TOOLS = ("refcheck", "cbmc", "spin")


def line(row: dict) -> str:
    """One row on one line, for whoever watches."""
    parts = [f"{t} {row[t]['verdict']} {row[t]['seconds']:.2f}s {row[t]['megabytes']:.0f}MB" for t in TOOLS if t in row]
    return f"{row['family']} {row['n']} {row['variant']}: " + ", ".join(parts) + f"  load {row['load']:.1f}"


def ratio(row: dict, tool: str) -> str:
    """How many times as long the other tool takes; `> x` where it was stopped at the limit."""
    if tool not in row or "refcheck" not in row:
        return "-"
    ours, theirs = row["refcheck"], row[tool]
    if ours["verdict"] not in ("holds", "fails"):
        return ours["verdict"]
    sign = "> " if theirs["verdict"] == "limit" else ""
    return f"{sign}{theirs['seconds'] / ours['seconds']:.1f}" if theirs["verdict"] != "fault" else "fault"


def csv_text(rows: list[dict]) -> str:
    """One line for each tool on each program."""
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\n")
    numbers = ["seconds", "cpu", "megabytes", "runs"]
    w.writerow(["family", "n", "variant", "locations", "tool", "verdict", *numbers, "load"])
    for r in rows:
        for t in TOOLS:
            if t in r:
                x = r[t]
                what = [r["family"], r["n"], r["variant"], r.get("locations", ""), t, x["verdict"]]
                w.writerow([*what, *(x[k] for k in numbers), round(r["load"], 2)])
    return out.getvalue()


def markdown(about: dict, rows: list[dict]) -> str:
    """The whole run as a page."""
    versions = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
    loads = f"Load average {about['load_before']:.1f} before and {about['load_after']:.1f} after the run"
    lines = ["# Results of one run", "", "Written by `benchmarks/run.py`; [README](../README.md) says what is measured.", ""]
    lines += [f"{versions}; {about['cores']} cores.", ""]
    lines += [f"{loads}; far above 1 before it, other work shared the machine.", ""]
    lines += [*_start(about["start"]), "## Families", ""]
    lines += ["Ratios are times of the peer divided by times of refcheck.  Times are wall clock, in seconds.", ""]
    head = ["family", "n", "locations", "variant", "refcheck", "MB", "CBMC", "SPIN = spin + cc + pan"]
    head += ["CBMC ratio", "SPIN ratio"]
    lines += [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    order = {f: i for i, f in enumerate(dict.fromkeys(r["family"] for r in rows))}
    for r in sorted(rows, key=lambda r: (order[r["family"]], r["n"], r["variant"] == "bug")):
        memory = f"{r['refcheck']['megabytes']:.0f}" if "refcheck" in r else "-"
        cells = [r["family"], r["n"], r.get("locations", "-"), r["variant"], _time(r, "refcheck"), memory]
        cells += [_time(r, "cbmc"), _spin(r), ratio(r, "cbmc"), ratio(r, "spin")]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, "", *_doubling(rows), *_bugs(rows)]) + "\n"


def _start(start: dict) -> list[str]:
    lines = ["## Start-up", "", "| ratio | |", "| --- | --- |", *(f"| {k} | {v} |" for k, v in start["ratios"].items()), ""]
    lines += ["Seconds: " + ", ".join(f"{k} {v}" for k, v in start["seconds"].items()) + ".", ""]
    if start["jobs"]:
        j = start["jobs"]
        times = f"{j['files']} files: --jobs 1 takes {j['jobs_1']} s, --jobs 2 {j['jobs_2']} s, ratio {j['ratio']}"
        lines += [f"{times}; at most {j['megabytes']} MB in one process.", ""]
    return lines


def _time(row: dict, tool: str) -> str:
    if tool not in row:
        return "-"
    x = row[tool]
    mark = {"holds": "", "fails": "", "limit": " (stopped)", "unknown": " (unknown)", "fault": " (fault)"}[x["verdict"]]
    return f"{x['seconds']:.2f}{mark}"


def _spin(row: dict) -> str:
    if "spin" not in row:
        return "-"
    return _time(row, "spin") + " = " + " + ".join(f"{s:.2f}" for s in row["spin"]["phases"].values())


def _doubling(rows: list[dict]) -> list[str]:
    """Time per doubling of the locations, from 1,000 on."""
    lines = ["## Growth of refcheck from 1,000 locations on", ""]
    lines += ["By what the time grows for twice the locations, reckoned between two sizes.", ""]
    lines += ["| family | variant | locations | seconds | factor |", "| --- | --- | --- | --- | --- |"]
    by: dict[tuple[str, str], list[dict]] = {}
    for r in rows:
        if r.get("locations", 0) >= 1000 and r.get("refcheck", {}).get("verdict") in ("holds", "fails"):
            by.setdefault((r["family"], r["variant"]), []).append(r)
    for (family, variant), found in by.items():
        for a, b in pairwise(found):
            before, after = a["refcheck"]["seconds"], b["refcheck"]["seconds"]
            factor = 2 ** (math.log(after / before) / math.log(b["locations"] / a["locations"]))
            where = f"{a['locations']} to {b['locations']}"
            lines.append(f"| {family} | {variant} | {where} | {before:.2f} to {after:.2f} | {factor:.2f} |")
    return [*lines, ""]


def _bugs(rows: list[dict]) -> list[str]:
    """The bug variant against the safe one."""
    lines = ["## The bug variant against the safe one (refcheck)", "", "| family | n | bug / safe |", "| --- | --- | --- |"]
    safe = {(r["family"], r["n"]): r for r in rows if r["variant"] == "safe"}
    for r in rows:
        other = safe.get((r["family"], r["n"]))
        if r["variant"] == "bug" and other and all(x["refcheck"]["verdict"] in ("holds", "fails") for x in (r, other)):
            lines.append(f"| {r['family']} | {r['n']} | {r['refcheck']['seconds'] / other['refcheck']['seconds']:.2f} |")
    return lines


def plots(rows: list[dict], output: Path) -> None:
    """One picture for all families: time over size, both axes logarithmic; nothing where matplotlib is not installed."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("matplotlib is not installed: no plots (pip install '.[bench]')")
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    families = list(dict.fromkeys(r["family"] for r in rows))
    for what, unit in (("seconds", "seconds, whole process"), ("megabytes", "MB, largest process")):
        figure, axes = plt.subplots(2, 4, figsize=(16, 7.5), constrained_layout=True)
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
