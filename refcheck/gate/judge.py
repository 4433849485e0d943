# SPDX-License-Identifier: GPL-2.0-only
"""One run of the gate: what a change touches is verified on both sides, compared, and judged.

The base is checked by the refcheck of today, so that both sides are held against one meaning.  A change of refcheck itself,
where it lies in the same repository, touches everything.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import refcheck
from refcheck.base.diagnostics import InputError, error
from refcheck.base.files import model_files
from refcheck.base.verdicts import Verdict
from refcheck.gate import git
from refcheck.gate.breach import ASSUMED, INCOMPARABLE, Breach, Judgement
from refcheck.gate.hidden import hidden
from refcheck.gate.rules import Pair, judge_record, pairs, shifts, substance, verdicts, weaker
from refcheck.gate.side import Function, Model, fingerprint, read
from refcheck.gate.tree import check_out, differs
from refcheck.result.record import Place, Problem
from refcheck.run.one_file import FileOutcome, Options

Verify = Callable[[list[Path], Options], list[FileOutcome]]


class Bad(Exception):  # noqa: N818  input errors as data, which come from other processes
    """The head cannot be judged: its input errors."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} input errors")
        self.problems = problems


class _Head:
    """The head's models, read when they are asked for."""

    def __init__(self, names: list[str], touched: dict[str, Model], options: Options, verify: Verify) -> None:
        self._names, self._models, self._options, self._verify = names, dict(touched), options, verify

    def functions(self) -> list[tuple[Model, Function]]:
        """All functions with bodies, of models that the change does not touch too."""
        for name in self._names:
            if name not in self._models:
                with contextlib.suppress(InputError):
                    self._models[name] = read(Path(name), self._options.specs)
        return [(m, f) for m in self._models.values() for f in m.functions.values()]

    def callers(self, name: str) -> list[str]:
        """Who rests on a function or contract, directly or through others."""
        found: dict[str, None] = {}
        todo = [name]
        while todo:
            callee = todo.pop()
            for m, f in self.functions():
                here = f"{f.name} ({m.path})"
                if callee in f.calls and f.name != callee and here not in found:
                    found[here] = None
                    todo.append(f.name)
        return list(found)

    def proves(self, pair_text: object, name: str) -> bool:
        """Whether a body is proved, in all its contexts, to keep a contract with this text."""
        for m, f in self.functions():
            ground = m.grounds.get(("contract", name))
            if f.name != name or ground is None or ground.text != pair_text:
                continue
            records = m.records or self._verify([Path(m.path)], self._options)[0].records
            own = [r for r in records if r.function == name]
            if own and all(r.verdict == Verdict.PROVED for r in own):
                return True
        return False


def judge(paths: list[Path], base: str | None, options: Options, verify: Verify) -> Judgement:
    """The judgement of the work tree; Bad with the input errors of the head, InputError where git has no answer."""
    return _alone(paths, options, verify) if base is None else _against(paths, base, options, verify)


def _alone(paths: list[Path], options: Options, verify: Verify) -> Judgement:
    """Without a base every model is held against its expectations."""
    outcomes = verify(model_files(paths or [Path()]), options)
    _complain(outcomes)
    records = [r for o in outcomes for r in o.records]
    found = [b for r in records for b in judge_record(None, r)]
    names = tuple(o.path for o in outcomes)
    return Judgement(refcheck.__version__, None, names, len(records), 0, (), tuple(found))


def _complain(outcomes: list[FileOutcome]) -> None:
    wrong = list(dict.fromkeys(p for o in outcomes for p in o.errors))
    if wrong:
        raise Bad(wrong)


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
        looked = set[str]()
        with contextlib.chdir(tree):
            before = {n: fingerprint(Path(n), there.specs, looked) for n in old_names}
        with contextlib.chdir(top):
            after = {n: fingerprint(Path(n), here.specs) for n in new_names}
            everything = _own_code_changed(top, commit)
            same = set() if everything else {n for n in before if after.get(n) == before[n]}
            touched = [n for n in new_names if n not in same]
            head = _models(touched, here, verify, None)
        with contextlib.chdir(tree):
            errors: list[Problem] = []
            was = _models([n for n in old_names if n not in same], there, verify, errors)
        with contextlib.chdir(top):
            whole = _Head(new_names, head, here, verify)
            found, passed = _compare(list(was.values()), list(head.values()), whole, options)
        found += [_incomparable(p) for p in errors]
        places = [os.path.relpath(p, tree) for p in looked]
        found += [_unread(m) for m in git.gone(top, written.missing) if any(git.is_below(p, [m]) for p in [*places, *below])]
    verified = sum(len(m.records) for m in head.values())
    return Judgement(refcheck.__version__, commit, tuple(touched), verified, len(same), tuple(passed), tuple(found))


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


def _models(names: list[str], options: Options, verify: Verify, errors: list[Problem] | None) -> dict[str, Model]:
    """The facts and records of models; input errors are added to `errors`, or end the run where that is None."""
    outcomes = verify([Path(n) for n in names], options) if names else []
    if errors is None:
        _complain(outcomes)
    else:
        errors += [p for o in outcomes for p in o.errors]
    good = [o for o in outcomes if not o.errors]
    return {Path(o.path).as_posix(): read(Path(o.path), options.specs)._replace(records=o.records) for o in good}


def _incomparable(p: Problem) -> Breach:
    message = f"the base cannot be read by this refcheck: {p.message}"
    help_text = "a change of the language cannot be compared; let a reviewer land it past the gate, apart from models"
    return Breach(INCOMPARABLE, p.place.file or "the base", message, p.place, f"{p.name}: {p.message}", "", (), help_text)


def _unread(module: str) -> Breach:
    message = f"the base has `{module}` as a submodule, whose commit is not here, so that nothing can be compared with it"
    help_text = "fetch it: `git submodule update --init`, with the history that the base needs"
    return Breach(INCOMPARABLE, module, message, Place("", 0, 0, 0, 0), "not read", "", (), help_text)


def _compare(old: list[Model], new: list[Model], head: _Head, options: Options) -> tuple[list[Breach], list[str]]:
    matched = pairs(old, new)
    found: list[Breach] = []
    passed: list[str] = []
    for pair in matched:
        found += verdicts(pair)
        for said in substance(pair):
            if isinstance(said, str):
                passed.append(said)
            elif said.rule != ASSUMED or not _given(pair, head):
                found.append(said)
        found += hidden(pair, options.limits)
    for shift, functions in shifts(matched).items():
        proved = shift.new.kind == "contract" and head.proves(shift.new.text, shift.new.name)
        answer = weaker(shift, functions, proved)
        if isinstance(answer, Breach):
            found.append(answer)
        elif answer is not None:
            passed.append(answer)
    return [_with_affected(b, head) for b in _joined(found)], list(dict.fromkeys(passed))


def _joined(found: list[Breach]) -> list[Breach]:
    """Breaches that say the same of one place are one, with all whom it affects."""
    same: dict[Breach, list[str]] = {}
    for b in found:
        same.setdefault(b._replace(affected=()), []).extend(b.affected)
    return [b._replace(affected=tuple(dict.fromkeys(names))) for b, names in same.items()]


def _given(pair: Pair, head: _Head) -> bool:
    """Whether what a function assumes is checked: by its entry contexts, or by callers that are verified."""
    assert pair.new is not None
    model, f = pair.new
    entries = {r.entry for r in model.records if r.function == f.name}
    if entries and None not in entries:
        return True
    return any(f.name in g.calls and g.name != f.name for _, g in head.functions())


def _with_affected(b: Breach, head: _Head) -> Breach:
    rests = head.callers(b.subject.split(" [")[0])
    return b._replace(affected=tuple(dict.fromkeys((*b.affected, *rests))))

