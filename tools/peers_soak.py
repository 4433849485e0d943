# SPDX-License-Identifier: GPL-2.0-only
"""Generated programs through SPIN and CBMC: does each property have the verdict that refcheck gives it?

    python tools/peers_soak.py [--first SEED] [--count N] [--batch B] [--state FILE]
    python tools/peers_soak.py --files models corpus

Both peers are looked for on the path (`make peers`).  Bounded by --count, resumable by --state; many programs go through
one run of each peer.  SPIN searches all states.  CBMC looks at ROUNDS rounds of a loop: what is refuted later only is
counted apart.  Ends with 1 where something disagrees.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from generated import tasks  # noqa: E402
from generator import program  # noqa: E402

from refcheck.base.diagnostics import InputError  # noqa: E402
from refcheck.base.files import model_files  # noqa: E402
from refcheck.base.verdicts import Verdict  # noqa: E402
from refcheck.export.plain import Plain  # noqa: E402
from refcheck.export.program import file_text, plain  # noqa: E402
from refcheck.lower.task import Task  # noqa: E402
from refcheck.prove.prove import Limits, verify  # noqa: E402
from refcheck.run.tasks import prepare  # noqa: E402

ROUNDS = 4
Found = dict[str, set[str]]
One = tuple[str, set[str], Plain]


def main() -> int:
    """Run batches until the count is reached; print what was seen."""
    args = arguments()
    os.nice(15)
    cbmc = shutil.which("cbmc")
    state = json.loads(args.state.read_text()) if args.state and args.state.exists() else fresh(args.first)
    if args.files:
        files(model_files(args.files), args.batch, str(cbmc), state)
        args.count = 0
    while state["next"] < args.first + args.count:
        seeds = range(state["next"], min(state["next"] + args.batch, args.first + args.count))
        batch(seeds, str(cbmc), state)
        state["next"] = seeds.stop
        if args.state:
            args.state.write_text(json.dumps(state, indent=1))
        print(json.dumps({k: v for k, v in state.items() if k != "disagreements"}), flush=True)
    if args.files:
        print(json.dumps({k: v for k, v in state.items() if k != "disagreements"}))
    for d in state["disagreements"]:
        print("disagreement:", d)
    return int(bool(state["disagreements"]))


def arguments() -> argparse.Namespace:
    """The options."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--batch", type=int, default=25)
    p.add_argument("--state", type=Path)
    p.add_argument("--files", type=Path, nargs="*", default=[], help="models to compare on, instead of generated programs")
    return p.parse_args()


def fresh(first: int) -> dict:
    """Nothing was seen yet."""
    counts = ("programs", "functions", "refuted", "held", "unknown", "not_exported", "beyond_cbmc_rounds", "gave_up")
    return {"first": first, "next": first, **dict.fromkeys(counts, 0), "disagreements": []}


def batch(seeds: range, cbmc: str, state: dict) -> None:
    """Some programs at once; one by one where a peer does not come to an end."""
    state["programs"] += len(seeds)
    some([(f"seed {seed}", task) for seed in seeds for task in tasks(program(seed))], 3000, cbmc, state)


def files(paths: list[Path], size: int, cbmc: str, state: dict) -> None:
    """All functions of the models."""
    state["programs"] += len(paths)
    found = [(str(path), task) for path in paths for task in prepare(path, None, ())[0]]
    for i in range(0, len(found), size):
        some(found[i : i + size], 20_000, cbmc, state)


def some(found: list[tuple[str, Task]], states: int, cbmc: str, state: dict) -> None:
    """Verify functions, and have the peers asked about those that refcheck has a verdict on."""
    chosen: list[One] = []
    for where, task in found:
        result = verify(task.cfg, Limits(timeout=0, states=states))
        if any(v.verdict == Verdict.UNKNOWN for v in result.verdicts):
            state["unknown"] += 1
            continue
        try:
            one = plain([task.cfg])[0]
        except InputError as e:
            state["not_exported"] += 1
            state.setdefault("why_not_exported", {}).setdefault(e.diagnostics[0].message, where)
            continue
        refuted = {v.property for v in result.verdicts if v.verdict == Verdict.REFUTED}
        chosen.append((where, refuted, one._replace(name=f"s{len(chosen)}")))
    compare(chosen, cbmc, state)


def compare(chosen: list[One], cbmc: str, state: dict) -> None:
    """Ask both peers about all functions, and count."""
    with tempfile.TemporaryDirectory() as folder:
        programs = [p for _, _, p in chosen]
        by_cbmc, by_spin = ask_cbmc(programs, cbmc, Path(folder)), ask_spin(programs, Path(folder))
    if by_cbmc is None or by_spin is None:
        if len(chosen) > 1:
            for one in chosen:
                compare([one], cbmc, state)
        else:
            state["gave_up"] += 1
            state.setdefault("gave_up_on", []).append(chosen[0][0])
        return
    for where, refuted, p in chosen:
        state["functions"] += 1
        state["refuted"] += len(refuted)
        state["held"] += 12 - len(refuted)
        theirs, bounded = by_spin.get(p.name, set()), by_cbmc.get(p.name, set())
        later = refuted - bounded if loops(p) else set()
        state["beyond_cbmc_rounds"] += len(later)
        for peer, found in (("SPIN", theirs), ("CBMC", bounded | later)):
            if found != refuted:
                words = f"{where} {p.title}: refcheck refutes {sorted(refuted)}, {peer} {sorted(found)}"
                state["disagreements"].append(words)
                print(words, flush=True)


def loops(p: Plain) -> bool:
    """An arc goes back."""
    height = {location: i for i, (location, _) in enumerate(p.arcs)}
    return any(height.get(a.dst, len(height)) <= height[src] for src, arcs in p.arcs for a in arcs)


def ask_cbmc(programs: list[Plain], cbmc: str, folder: Path) -> Found | None:
    """The properties that CBMC refutes of each function; None where it does not come to an end."""
    (folder / "all.c").write_text(file_text(programs, "c"))
    command = [cbmc, "--no-standard-checks", "--unwind", str(ROUNDS), "--no-unwinding-assertions", "all.c"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode not in (0, 10):
        raise SystemExit(f"cbmc: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    found: Found = {}
    for m in re.finditer(r"^\[(\w+)\.assertion\.\d+\] line \d+ ([a-z-]+): .*: FAILURE$", done.stdout, re.MULTILINE):
        found.setdefault(m[1], set()).add(m[2])
    return found


def ask_spin(programs: list[Plain], folder: Path) -> Found | None:
    """The properties that SPIN refutes of each function; None where it does not come to an end."""
    (folder / "all.pml").write_text(file_text(programs, "promela"))
    text = ""
    for command in (["spin", "-a", "all.pml"], ["cc", "-O0", "-w", "-DSAFETY", "-o", "pan", "pan.c"],
                    ["./pan", "-E", "-c0", "-m1000000"]):  # fmt: skip
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return None
        text = done.stdout
        if done.returncode not in (0, 1) or "rror:" in text:
            raise SystemExit(f"{command[0]}: {text[-2000:]}{done.stderr[-2000:]}")
    if "max search depth too small" in text or "errors:" not in text:
        return None
    found: Found = {}
    for m in re.finditer(r"assertion violated \(*(s\d+)__(\w+?)\|\|", text):
        found.setdefault(m[1], set()).add(m[2].replace("_", "-"))
    return found


if __name__ == "__main__":
    sys.exit(main())
