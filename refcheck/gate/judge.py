# SPDX-License-Identifier: GPL-2.0-only
"""One run of the gate: what a change touches is verified on both sides, compared, and judged.

The base is checked by the refcheck of today, so that both sides are held against one meaning.  A change of refcheck itself,
where it lies in the same repository, touches everything.
"""

import contextlib
import os
import tempfile
from pathlib import Path

import refcheck
from refcheck.base import git
from refcheck.base.diagnostics import InputError, error
from refcheck.base.files import model_files
from refcheck.gate.breach import ASSUMED, INCOMPARABLE, Breach, Judgement
from refcheck.gate.drifted import drifted
from refcheck.gate.grounds import Shift, shifts, weaker
from refcheck.gate.hidden import hidden
from refcheck.gate.rules import Pair, beside, judge_record, pairs, verdicts
from refcheck.gate.side import Model, fingerprint, read
from refcheck.gate.sides import Sides, Verify, shown
from refcheck.gate.substance import substance
from refcheck.gate.tree import check_out, differs
from refcheck.gate.ways import more_ways
from refcheck.result.record import Place, Problem
from refcheck.run.one_file import Options


def judge(paths: list[Path], base: str | None, options: Options, verify: Verify) -> Judgement:
    """The judgement of the work tree, with the input errors of its models; InputError where git has no answer."""
    return _alone(paths, options, verify) if base is None else _against(paths, base, options, verify)


def _alone(paths: list[Path], options: Options, verify: Verify) -> Judgement:
    """Without a base every model is held against its expectations."""
    outcomes = verify(model_files(paths or [Path()]), options)
    errors = tuple(dict.fromkeys(p for o in outcomes for p in o.errors))
    records = [r for o in outcomes for r in o.records]
    found = [b for r in records for b in judge_record(None, r)]
    names = tuple(o.path for o in outcomes)
    left, passed = drifted([o.path for o in outcomes if not o.errors and o.path.endswith(".rc")], options)
    return Judgement(refcheck.__version__, None, names, len(records), 0, tuple(passed), (*found, *left), errors)


def _against(paths: list[Path], base: str, options: Options, verify: Verify) -> Judgement:
    top = git.top_of(Path())
    below = list(dict.fromkeys(n for p in (paths or [Path()]) for n in git.named(top, p)))
    for path in paths:
        if not path.exists():
            raise InputError([error("usage", f"`{path}` does not exist", help_text="name a model or a folder with models")])
    commit = git.branched_from(top, git.commit_of(top, base))
    with tempfile.TemporaryDirectory(prefix="refcheck-gate-") as made:
        tree = Path(made).resolve()
        written = check_out(top, commit, tree)
        led = [p.relative_to(tree).as_posix() for n in below if (p := (tree / n).resolve()).is_relative_to(tree)]
        old_names = [n for n in written.models if git.is_below(n, [*below, *led])]
        new_names = git.listed(top, below)
        here, there = _specs(options, top, tree)
        looked, unread = set[str](), list[Problem]()
        with contextlib.chdir(tree):
            before = {n: fingerprint(Path(n), there.specs, looked) for n in old_names}
        with contextlib.chdir(top):
            after = {n: fingerprint(Path(n), here.specs) for n in new_names}
            everything = _own_code_changed(top, commit)
            same = set() if everything else {n for n in before if after.get(n) == before[n]}
            head, wrong = _models([n for n in new_names if n not in same], here, verify)
        with contextlib.chdir(tree):
            # What the head has and cannot be read is not judged: it is no lost model.
            compared = [n for n in old_names if n not in same and (n not in after or n in head)]
            was, unread = _models(compared, there, verify)
        with contextlib.chdir(top):
            found, passed = _compare(was, head, Sides(new_names, was, head, here, verify), options)
            left, said = drifted(list(head), here)
            found, passed = [*found, *left], [*passed, *said]
        places = [os.path.relpath(p, tree) for p in looked]
        gone = [m for m in written.missing if any(git.is_below(p, [m]) for p in [*places, *below])]
    found += [*map(_incomparable, unread), *map(_unread, gone)]
    models = tuple(n for n in new_names if n not in same)
    verified = sum(len(m.records) for m in head.values())
    return Judgement(refcheck.__version__, commit, models, verified, len(same), tuple(passed), tuple(found), tuple(wrong))


def _specs(options: Options, top: Path, tree: Path) -> tuple[Options, Options]:
    """The options of both sides: --specs names the folder of the same place, inside of the repository or outside of it."""
    if options.specs is None:
        return options, options
    full = Path(os.path.abspath(options.specs))
    here = options._replace(specs=full)
    for place in (full, full.resolve()):
        if place.is_relative_to(top):
            return here, options._replace(specs=tree / place.relative_to(top))
    return here, here


def _own_code_changed(top: Path, commit: str) -> bool:
    """Whether refcheck itself is part of the change."""
    package = Path(refcheck.__file__).resolve().parent
    if not package.is_relative_to(top.resolve()):
        return False
    return differs(top, commit, package.relative_to(top.resolve()).as_posix())


def _models(names: list[str], options: Options, verify: Verify) -> tuple[dict[str, Model], list[Problem]]:
    """The facts and records of models, and what is wrong with those that have none."""
    outcomes = verify([Path(n) for n in names], options) if names else []
    good = [o for o in outcomes if not o.errors]
    read_now = {Path(o.path).as_posix(): read(Path(o.path), options.specs)._replace(records=o.records) for o in good}
    return read_now, list(dict.fromkeys(p for o in outcomes for p in o.errors))


def _incomparable(p: Problem) -> Breach:
    message = f"the base cannot be read by this refcheck: {p.message}"
    help_text = "a change of the language cannot be compared; let a reviewer land it past the gate, apart from models"
    return Breach(INCOMPARABLE, p.place.file or "the base", message, p.place, f"{p.name}: {p.message}", "", (), help_text)


def _unread(module: str) -> Breach:
    message = f"the base has `{module}` as a submodule, whose commit is not here, so that nothing can be compared with it"
    help_text = "fetch it: `git submodule update --init`, with the history that the base needs"
    return Breach(INCOMPARABLE, module, message, Place("", 0, 0, 0, 0), "not read", "", (), help_text)


def _compare(
    was: dict[str, Model], head: dict[str, Model], sides: Sides, options: Options
) -> tuple[list[Breach], list[str]]:  # fmt: skip
    """Breaches, and what passes with a reason."""
    old, new = list(was.values()), list(head.values())
    found, passed = list[Breach](), list[str]()
    matched = pairs(old, new)
    stale = [(m, f) for m in old for f in m.functions.values()]
    for pair in matched:
        if pair.old is None and pair.new is not None:
            name = pair.new[1].name
            named = [*(s for s in stale if s[1].name == name), *sides.untouched(name)]
            pair = beside(pair.new, named)  # noqa: PLW2901
            if named and pair.old is None:
                passed.append(f"`{name}` is taken for another function than the one that is known, of another source file")
        found += verdicts(pair)
        for said in substance(pair):
            if isinstance(said, str):
                passed.append(said)
            elif said.rule != ASSUMED or not sides.given(pair):
                found.append(said)
        found += hidden(pair, options.limits)
        found += more_ways(pair, options.limits)
    for shift, functions in _shifts(matched).items():
        name = shift.ground.name
        is_contract = shift.ground.kind == "contract"
        proved = is_contract and shift.new is not None and sides.proves(shift.new)
        cited = sides.new_bodies_cite(name) if is_contract else frozenset[str]()
        answer = weaker(shift, tuple(functions), proved, sides.known(shift.ground), cited)
        if isinstance(answer, Breach):
            found.append(answer)
        elif answer is not None:
            passed.append(answer)
    return [_with_affected(b, sides) for b in _joined(found)], list(dict.fromkeys(passed))


def _shifts(matched: list[Pair]) -> dict[Shift, list[str]]:
    """The grounds that say something else than at the base, each once, with the functions for which they do."""
    seen: dict[Shift, list[str]] = {}
    for pair in matched:
        if pair.new is None:
            continue
        model, f = pair.new
        base = pair.old[0].grounds if pair.old else None
        bodies = {g.name: g.place for g in model.functions.values()}
        for shift in shifts(base, model.grounds, f.reaches, bodies):
            seen.setdefault(shift, []).append(shown(model, f))
    return seen


def _joined(found: list[Breach]) -> list[Breach]:
    """Breaches that say the same of one place are one, with all whom it affects."""
    same: dict[Breach, list[str]] = {}
    for b in found:
        same.setdefault(b._replace(affected=()), []).extend(b.affected)
    return [b._replace(affected=tuple(dict.fromkeys(names))) for b, names in same.items()]


def _with_affected(b: Breach, sides: Sides) -> Breach:
    rests = sides.callers(b.subject.split(" [")[0])
    return b._replace(affected=tuple(dict.fromkeys((*b.affected, *rests))))
