# SPDX-License-Identifier: GPL-2.0-only
"""Diagnostics and the single registry of their codes.

A diagnostic is a value: code, message, primary span, further labels, notes and help.  Each code has a page
docs/diagnostics/CODE.md; `refcheck explain` prints the text that stands here.
"""

import difflib

from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE, Span


class Code(NamedTuple):
    """A registered code: number, name and one line that says when it is reported."""

    number: str
    name: str
    meaning: str


_CODES = (
    Code("RC001", "syntax-error", "the text is not in the language"),
    Code("RC002", "unknown-name", "a name that is declared nowhere is used"),
    Code("RC003", "missing-spec", "a file named by `use` is in none of the places looked at"),
    Code("RC004", "unreadable-file", "a file cannot be read as a model: missing, a directory, not UTF-8, empty, too large"),
    Code("RC005", "too-deep", "statements or parentheses nest deeper than the limit"),
    Code("RC006", "duplicate-name", "a name is declared twice"),
    Code("RC007", "wrong-kind", "a value of one kind stands where another is needed"),
    Code("RC008", "wrong-arguments", "a call gives more, fewer or other arguments than the callee takes"),
    Code("RC009", "bad-contract", "a contract contradicts itself or leaves a case open"),
    Code("RC010", "bad-jump", "a goto, break, continue or case has no target"),
    Code("RC011", "recursion", "functions without contracts call each other in a circle"),
    Code("RC012", "unsupported", "a construct that the language has, in a place where it cannot be used"),
    Code("RC013", "usage", "the command line does not make sense"),
    Code("RC014", "bad-expectation", "an `expect` names something that is not verified"),
    Code("RC015", "bad-report", "reports that are not the parts of one run are to be joined"),
    Code("RC016", "out-of-memory", "the memory of the process does not suffice for a file or a run"),
    Code("RC017", "open-order", "C leaves open which of two operands is evaluated first, and it makes a difference"),
    Code("RC018", "no-source", "a model names no source, or what it names is not in the tree"),
    Code("RC101", "leaked-ref", "a held reference is neither released nor handed on"),
    Code("RC102", "release-of-borrowed", "a reference is given back that this path only borrowed"),
    Code("RC103", "double-release", "a reference is given back that this path has given back already"),
    Code("RC104", "use-after-release", "an object is touched after its last protection was released"),
    Code("RC105", "use-after-consume", "an object is touched after it was handed over"),
    Code("RC106", "hold-of-borrowed", "a plain hold on a borrow, where only a try-conversion is right"),
    Code("RC107", "bad-pointer", "NULL, ERR_PTR or an uninitialised value is used"),
    Code("RC201", "noref-escape", "a borrow is used, stored, returned or queued where its section may have ended"),
    Code("RC202", "missing-context", "a call needs a context that some path does not give"),
    Code("RC203", "unbalanced-context", "a section is left open, closed twice or closed by the wrong partner"),
    Code("RC301", "broken-contract", "a body does something that none of its contract's outcomes allows"),
    Code("RC302", "sanity", "an outcome, branch or exit that nothing reaches, or a proof that holds for no reason"),
    Code("RC401", "unexpected-verdict", "a verdict is not what the model expects, or rests on a function that is refuted"),
    Code("RC402", "worse-verdict", "the gate: a change makes a verdict worse"),
    Code("RC403", "lost-model", "the gate: a function or one of its entry contexts is verified no more"),
    Code("RC404", "weaker-contract", "the gate: what proofs rest on changed, and no proof and no citation backs it"),
    Code("RC405", "hidden-refutation", "the gate: a new `expect` or `nondet` hides a refutation"),
    Code("RC406", "new-sanity-finding", "the gate: something that nothing reaches is new"),
    Code("RC407", "thinner-model", "the gate: a model of the same source lost calls or uses"),
    Code("RC408", "new-assumption", "the gate: a function assumes more of its callers, and nothing checks it"),
    Code("RC409", "incomparable-base", "the gate: the base cannot be read by this refcheck"),
    Code("RC410", "drifted-model", "the source of a model has a path that the model lacks"),
    Code("RC501", "damaged-certificate", "a certificate is not one that can be read, or cannot be about its graph"),
    Code("RC502", "stale-certificate", "the function that a certificate is about has changed since"),
    Code("RC503", "foreign-certificate", "the model or function that a certificate names is not there"),
    Code("RC504", "unproved-certificate", "the invariant of a certificate proves nothing: some step refutes it"),
    Code("RC505", "false-claim", "a certificate claims a verdict that its own invariant contradicts"),
    Code("RC506", "missing-certificate", "a function that must have a certificate has none that is confirmed"),
    Code("RC507", "solver-disagrees", "a solver refutes an obligation of a certificate that the checker confirmed"),
    Code("RC508", "solver-unknown", "a solver gives no answer to an obligation of a certificate"),
    Code("RC601", "no-patch", "a mail of a series has no diff"),
    Code("RC602", "incomplete-series", "patches of a series are missing, out of order, or there twice"),
    Code("RC603", "patch-fails", "a part of a patch does not apply to the tree"),
    Code("RC604", "unread-text", "a patch makes text that cannot be read as C"),
    Code("RC901", "internal-error", "refcheck contradicts itself; no verdict is given"),
)

CODES: dict[str, Code] = {c.number: c for c in _CODES}
BY_NAME: dict[str, Code] = {c.name: c for c in _CODES}


class Label(NamedTuple):
    """A span and what is to be said about it."""

    span: Span
    text: str


class Diagnostic(NamedTuple):
    """A finding or an input error, ready to be rendered."""

    code: Code
    message: str
    span: Span = NOWHERE
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""


class InputError(Exception):
    """Bad input or usage: carries the diagnostics to print; the CLI ends with status 2."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics


class InternalError(Exception):
    """refcheck contradicted itself (a replay or a certificate failed): status 70, never a verdict."""


def error(name: str, message: str, span: Span = NOWHERE, help_text: str = "", notes: tuple[str, ...] = ()) -> Diagnostic:
    """A diagnostic for the code called `name`; KeyError if the code is not registered."""
    return Diagnostic(BY_NAME[name], message, span, (), notes, help_text)


_SHORT = 3  # letters

NO_MEMORY = "the memory of the process does not suffice"
MORE_MEMORY = "lower --max-states or --jobs, use -f or --shard, or give it more"


def near(word: str, candidates: list[str], likeness: float = 0.6) -> str:
    """`did you mean ...` for the nearest candidate, or an empty string.  Of a short word no letter may be another."""
    cased = [c for c in candidates if c.lower() == word.lower()]
    found = cased or difflib.get_close_matches(word, candidates, 1, likeness)
    if not cased and len(word) <= _SHORT:
        found = [c for c in [slip(word, candidates)] if c]
    return f"did you mean `{found[0]}`?" if found else ""


def slip(word: str, candidates: list[str]) -> str:
    """The first candidate that is one slip of the keys away, or an empty string.

    That is two letters in turn, one too many, one too few, another case, or in a longer word one for another.
    """
    return next((c for c in candidates if c != word and _one_slip(word, c)), "")


def _one_slip(word: str, other: str) -> bool:
    a, b = sorted((word.lower(), other.lower()), key=len)
    if a == b:
        return True
    if len(a) < 2 or len(b) - len(a) > 1:
        return False
    i = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[i:] == b[i + 1 :]
    swapped = a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
    return swapped or (len(a) > _SHORT and a[i + 1 :] == b[i + 1 :])


def too_deep(e: BaseException | None) -> bool:
    """Python's own limit of nesting stands behind an exception."""
    while e is not None:
        if isinstance(e, RecursionError):
            return True
        e = e.__cause__ or e.__context__
    return False


def install(extra: str) -> str:
    """How what an extra brings is installed, beside a refcheck that is: by pip in its environment, or by pipx."""
    named = f"'kernel-refcheck[{extra}]'"
    return f"pip install {named}; where pipx installed it, pipx runpip kernel-refcheck install {named}"
