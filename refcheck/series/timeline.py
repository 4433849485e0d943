# SPDX-License-Identifier: GPL-2.0-only
"""Findings over a whole series: which patch brings each, which takes it away, what is left.

A finding is the same one in two states if file, function, entry context, property, reason and variable are, so that each
file is a matter of its own; one that is renamed is called by its last name.
"""

from collections.abc import Iterable
from difflib import Match, SequenceMatcher
from functools import lru_cache

from refcheck.base.diagnostics import Diagnostic
from refcheck.base.named import NamedTuple
from refcheck.inspect.difference import compare, lifecycle_lines
from refcheck.render.c_words import verdict_word
from refcheck.result.record import Finding, Record
from refcheck.result.review import FoundBug, FunctionReview, LeftOver, cause
from refcheck.series.mend import mended
from refcheck.series.reach import PatchStep, ReachedFunction, functions
from refcheck.series.renames import names_before
from refcheck.series.sides import SeenFunction, TreeState

BugCause = tuple[str, ...]  # within one file
BugCauses = frozenset[tuple[str, ...]]  # each with its file in front


class Presence(NamedTuple):
    """When a finding is there: from behind one patch to behind another (by place in the series; 0 is before all of it)."""

    start: int
    end: int


class FileReview(NamedTuple):
    """What a series does to one file: the functions of each patch with their findings, and what is left broken."""

    path: str
    functions: tuple[tuple[FunctionReview, ...], ...]
    left: tuple[LeftOver, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


class Told(NamedTuple):
    """What a reader is told: nothing of what is `known`, and a repair of findings that are as certain as `mended` says."""

    known: BugCauses = frozenset()
    mended: frozenset[str] = frozenset()


class _WholeSeries(NamedTuple):
    """All steps of a series, when each finding of a file is there, the first and the last state, and what is told.

    `names` has what the file is called in front of the series and behind each patch.
    """

    names: list[str]
    steps: list[PatchStep]
    spans: dict[BugCause, list[Presence]]
    first: TreeState
    last: TreeState
    told: Told

    def known(self, at: BugCause) -> bool:
        """A finding was known beforehand, under whatever name of its file."""
        return any((name, *at) in self.told.known for name in self.names if name)

    def number(self, place: int) -> int:
        """The number of a patch by its place; 0 for what is before all of them."""
        return self.steps[place - 1].number if place else 0


def timeline(steps: list[PatchStep], path: str, first: TreeState, told: Told) -> FileReview:
    """What a series does to a file; `first` is the tree without it."""
    names = names_before(path, [s.renames for s in steps])
    seen = [functions(s, name) for s, name in zip(steps, names[1:], strict=True)]
    whole = _WholeSeries(names, steps, _spans(seen), first, steps[-1].both.new, told)
    found = (tuple(_functions(s, i, rs, whole)) for i, (s, rs) in enumerate(zip(steps, seen, strict=True), 1))
    return FileReview(path, tuple(found), _left(seen, whole))


class _BrokenIn(NamedTuple):
    """A finding in one state: whether it is certain, the text of the line that it is shown in, and all its lines."""

    sure: bool
    text: str
    lines: frozenset[int]


def _causes(judged: SeenFunction | None) -> dict[BugCause, _BrokenIn]:
    """The findings of a function in one state by cause."""
    found = dict[BugCause, _BrokenIn]()
    for r in judged.records if judged else ():
        for f in r.findings:
            line, at = f.labels[-1].quote.strip() if f.labels else "", cause(r.function, r.entry or "", f)
            lines = judged.lines[at] if judged is not None else frozenset[int]()
            found[at] = _BrokenIn(r.certainty(f) == "certain", line, lines)
    return found


def _news(before: dict[BugCause, _BrokenIn], after: dict[BugCause, _BrokenIn]) -> list[BugCause]:
    """What was not there before, or in fewer lines, or was only possible there and breaks in another line for certain."""
    return [c for c, b in after.items() if c not in before or _is_new(before[c], b)]


def _is_new(was: _BrokenIn, now: _BrokenIn) -> bool:
    return len(now.lines) > len(was.lines) or (now.sure and not was.sure and now.text != was.text)


def _spans(seen: list[tuple[ReachedFunction, ...]]) -> dict[BugCause, list[Presence]]:
    """When each finding is there; `end` is 0 where it stays."""
    found: dict[BugCause, list[Presence]] = {}
    last: dict[str, dict[BugCause, _BrokenIn]] = {}
    for i, here in enumerate(seen, 1):
        for r in here:
            before = _causes(r.old) if r.old is None or not r.old.unread else last.get(r.function, {})
            after = last[r.function] = _causes(r.new) if r.new is None or not r.new.unread else before
            for c in before:
                spans = found.setdefault(c, [])
                if not spans or spans[-1].end:
                    spans.append(Presence(0 if not spans else i - 1, 0))
            for c in _news(before, after):
                spans = found.setdefault(c, [])
                if spans and not spans[-1].end:
                    spans[-1] = spans[-1]._replace(end=i)
                spans.append(Presence(i, 0))
            for c in before.keys() - after.keys():
                found[c][-1] = found[c][-1]._replace(end=i)
    return found


def _functions(
    s: PatchStep, place: int, seen: tuple[ReachedFunction, ...], whole: _WholeSeries
) -> Iterable[FunctionReview]:  # fmt: skip
    for r in seen:
        old, new = _by_entry(r.old, r.new), _by_entry(r.new, r.old)
        change = compare(r.file, r.function, r.old.side if r.old else None, r.new.side if r.new else None)
        read = not any(x is not None and x.unread for x in (r.old, r.new))
        lines = tuple(lifecycle_lines(change)) if read and change is not None and change.kind == "changed" else ()
        for entry in dict.fromkeys((*new, *old)):
            was, now = old.get(entry), new.get(entry)
            bugs = tuple(_bug(s, place, r, now, f, whole) for f in now.findings) if now is not None else ()
            gone = tuple(_gone(s, r, entry, was.findings)) if was is not None else ()
            yield FunctionReview(r.file, r.function, entry, r.because, verdict(was), verdict(now), lines, bugs, gone, now)


def _by_entry(here: SeenFunction | None, there: SeenFunction | None) -> dict[str, Record]:
    """The records of one state by entry context; one that is not read stands for all that the other state has."""
    if here is None:
        return {}
    if here.unread and there is not None and not there.unread:
        return {x.entry or "": here.records[0] for x in there.records}
    return {x.entry or "": x for x in here.records}


def _gone(s: PatchStep, r: ReachedFunction, entry: str, findings: tuple[Finding, ...]) -> Iterable[str]:
    """The findings that a patch takes away, or from some of their lines."""
    if r.new is not None and r.new.unread:
        return
    before, after = _causes(r.old), _causes(r.new)
    for f in findings:
        key = cause(r.function, entry, f)
        if key not in after:
            yield f.title
        elif len(after[key].lines) < len(before[key].lines):
            old, new = _text(s.both.old, r.file), _text(s.both.new, r.file)
            lost = [n for n in sorted(before[key].lines) if moved_line(old, new, n) not in after[key].lines]
            yield f"{f.title}, in line {', '.join(map(str, lost))} as it was" if lost else f.title


def _more(s: PatchStep, r: ReachedFunction, key: BugCause) -> tuple[str, ...]:
    """A note that an older finding breaks in lines in which it did not."""
    was, now = _causes(r.old).get(key), _causes(r.new)[key]
    if was is None or len(now.lines) <= len(was.lines):
        return ()
    old, new = _text(s.both.old, r.file), _text(s.both.new, r.file)
    lines = sorted(now.lines - {moved_line(old, new, n) for n in was.lines})
    return (f"it was there before this patch, but not in line {', '.join(map(str, lines))}",) if lines else ()


def verdict(r: Record | None) -> str:
    """The verdict of a function in one state, with the properties that have it; empty where it is not there."""
    if r is None:
        return ""
    word = verdict_word(r).removesuffix(" from C")
    names = [p.property for p in r.properties if p.verdict == r.verdict]
    return f"{word}({', '.join(names)})" if word in ("REFUTED", "SUSPECT") else word


def _bug(s: PatchStep, place: int, r: ReachedFunction, record: Record, f: Finding, whole: _WholeSeries) -> FoundBug:
    entry, names = record.entry or "", whole.names
    key = cause(r.function, entry, f)
    span = next(x for x in whole.spans[key] if x.start <= place and (not x.end or x.end > place))
    here, base, end = _text(s.both.new, r.file), _text(whole.first, names[0]), _text(whole.last, names[-1])
    new, known, certainty = span.start == place, whole.known(key), record.certainty(f)
    mends = new and not known and certainty in whole.told.mended
    return FoundBug(
        finding=f._replace(notes=(*f.notes, *_more(s, r, key))) if new else f,
        certainty=certainty,
        since=whole.number(span.start),
        repaired=whole.number(span.end),
        known=known,
        line=0 if span.end else moved_line(here, end, f.place.line),
        tree_line=moved_line(here, base, f.place.line),
        hunk=_hunk(s, r.file, f) if new else (),
        diff=mended(s.both.new, r.file, record, f) if mends else (),
    )


def _text(state: TreeState, path: str) -> str:
    given = state.parsed(path) if path else None
    return given.source.text if given is not None else ""


def moved_line(old: str, new: str, line: int) -> int:
    """Where a line of a text stands in another version of it; 0 where it does not."""
    if old == new:
        return line
    return next((b + line - a for a, b, n in _kept(old, new) if a < line <= a + n), 0)


@lru_cache(maxsize=64)
def _kept(old: str, new: str) -> list[Match]:
    """The lines that two versions of a text share: asked for each finding of a file, and costly."""
    return SequenceMatcher(None, old.split("\n"), new.split("\n"), autojunk=False).get_matching_blocks()


def _hunk(s: PatchStep, path: str, f: Finding) -> tuple[str, ...]:
    """The hunk of a patch that is nearest to where a finding breaks, as it was sent."""
    files = {x.path: x for x in s.files}
    best: tuple[int, tuple[str, ...]] | None = None
    for c in (c for c in s.patch.changes if c.path == path):
        for h, p in zip(c.hunks, files[path].puts, strict=False):
            away = min(abs(f.place.line - p.line), abs(f.place.line - p.line - len(h.new)))
            away = 0 if p.line <= f.place.line < p.line + len(h.new) else away
            if best is None or away < best[0]:
                best = (away, (h.head, *(f"{sign}{text}" for sign, text in h.lines)))
    return best[1] if best is not None else ()


def _left(seen: list[tuple[ReachedFunction, ...]], whole: _WholeSeries) -> tuple[LeftOver, ...]:
    """What is there behind the whole series, of functions that it reaches."""
    final, path = {r.function: (s, r) for s, rs in zip(whole.steps, seen, strict=True) for r in rs}, whole.names[-1]
    found = list[LeftOver]()
    for s, r in final.values():
        for record in r.new.records if r.new else ():
            for f in record.findings:
                since = whole.number(whole.spans[cause(r.function, record.entry or "", f)][-1].start)
                line = moved_line(_text(s.both.new, r.file), _text(whole.last, path), f.place.line)
                said = (f.property, f.title, line, record.certainty(f))
                found.append(LeftOver(since, path, r.function, record.entry or "", *said))
    return tuple(found)
