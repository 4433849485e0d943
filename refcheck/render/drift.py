# SPDX-License-Identifier: GPL-2.0-only
"""What `refcheck drift` found, as text within 75 columns, as Markdown and as JSON: source line beside model line."""

import json
import textwrap
from collections import Counter

from refcheck.render.markdown import code, prose
from refcheck.render.text import WIDTH, Style, clean, render_problem, wrap
from refcheck.result.codec import encode
from refcheck.result.drift import DRIFTED, OPEN, SAME, WIDER, Abreast, Difference, Drift, FunctionDrift

FORMS = ("text", "markdown", "json")
SCHEMA = 1
_COLUMN = (WIDTH - 3) // 2
_NUMBER = 5
_WORDS = {
    SAME: "has the same paths", WIDER: "has what the model has, and less", DRIFTED: "has drifted", OPEN: "not compared",
}  # fmt: skip


def render(form: str, d: Drift) -> str:
    """A run in one of the forms."""
    return {"text": as_text, "markdown": as_markdown, "json": as_json}[form](d)


def as_text(d: Drift) -> str:
    """Differences first, each with its path; then one line for each function that was not compared, and the numbers."""
    blocks = [render_problem(p, Style()) for p in d.problems]
    blocks += ["\n".join(_difference(f, x)) for f in d.functions for x in f.differences if not x.because]
    blocks += ["\n".join(_because(f, x)) for f in d.functions for x in f.differences if x.because]
    blocks += ["\n".join(_open(f)) for f in d.functions if f.state == OPEN]
    return "\n\n".join([*blocks, "\n".join(wrap(summary(d), rest="  "))]) + "\n"


def title(f: FunctionDrift, x: Difference) -> str:
    """What a difference is, in one sentence."""
    where = f" ({', '.join(filter(None, (x.entry, *x.variant)))})" if x.entry or x.variant else ""
    if x.only == "model":
        return f"the model of {f.function}() has a path that {f.file} lacks{where}"
    doubt = "" if x.sure else ", if some switch has no case for its value"
    return f"{f.function}() of {f.file} has a path that its model lacks{doubt}{where}"


def instead(x: Difference) -> str:
    """What the other side does where the path ends."""
    other = "source" if x.only == "model" else "model"
    return f"here the {other} has {'; '.join(x.instead)}" if x.instead else f"here the {other} has nothing"


def _difference(f: FunctionDrift, x: Difference) -> list[str]:
    kind = "error" if x.is_error else "warning"
    out = wrap(clean(f"{kind}[drifted-model]: {title(f, x)}"), rest="  ", whole=True)
    out += [f"  --> {clean(f.model)}:{f.line}   ({clean(f.file)}:{f.source_line})", ""]
    out.append(f"{'source':<{_COLUMN}} | model")
    for row in x.rows:
        out += _beside(row)
    out += ["", *wrap(clean(f"note: {instead(x)}"), first="  ", rest=" " * 8)]
    if x.key:
        out += wrap(clean(f'help: say why under [{f.function}] as "{x.key}", or change the model'), first="  ", rest=" " * 8)
    return out


def _because(f: FunctionDrift, x: Difference) -> list[str]:
    """A difference that has a reason."""
    return wrap(clean(f"explained: {title(f, x)}: `{x.key}`: {x.because}"), rest="  ")


def _beside(row: Abreast) -> list[str]:
    """A row in two columns, each wrapped for itself."""
    left, right = _cell(row.source_line, row.source), _cell(row.model_line, row.model)
    size = max(len(left), len(right))
    rows = zip(left + [""] * (size - len(left)), right + [""] * (size - len(right)), strict=True)
    return [f"{a:<{_COLUMN}} | {b}".rstrip() for a, b in rows]


def _cell(line: int, text: str) -> list[str]:
    if not text:
        return [""]
    number = f"{line or '':>{_NUMBER}} "
    return textwrap.wrap(
        clean(text), _COLUMN, initial_indent=number, subsequent_indent=" " * len(number), break_on_hyphens=False
    )


def _open(f: FunctionDrift) -> list[str]:
    why = f" ({f.because})" if f.because else ""
    return wrap(clean(f"{f.model}: {f.function} is not compared: {f.reason}{why}"), rest="  ", whole=True)


def summary(d: Drift) -> str:
    """How many functions are in which state."""
    states = Counter(f.state for f in d.functions)
    plural = "" if len(d.functions) == 1 else "s"
    named = {SAME: "with the paths of the source", DRIFTED: "drifted", WIDER: "with a warning", OPEN: "not compared"}
    said = f"{len(d.functions)} function{plural}: {', '.join(f'{states[s]} {words}' for s, words in named.items())}"
    if not d.asks:
        return said
    found = [x for f in d.functions for x in f.differences]
    return f"{said}; {sum(bool(x.because) for x in found)} of {len(found)} differences explained"


def as_markdown(d: Drift) -> str:
    """A table of the functions, then each difference as a table of two columns."""
    out = [f"**{summary(d)}**", "", "| function | model | source | |", "| --- | --- | --- | --- |"]
    for f in d.functions:
        words = _WORDS[f.state] + (f": {prose(f.reason)}" if f.reason else "")
        place = f"{f.file}:{f.source_line}"
        out.append(f"| {code(f.function, cell=True)} | {code(f.model, cell=True)} | {code(place, cell=True)} | {words} |")
    for f in d.functions:
        for x in f.differences:
            mark = "explained" if x.because else "error" if x.is_error else "warning"
            out += ["", f"### {mark}: {prose(title(f, x))}", "", "| | source | | model |", "| --- | --- | --- | --- |"]
            out += [_cells(r) for r in x.rows]
            out += ["", prose(x.because or instead(x))]
    out += ["", *(f"- {prose(p.message)}" for p in d.problems)] if d.problems else []
    return "\n".join(out) + "\n"


def _cells(r: Abreast) -> str:
    left, right = code(r.source, cell=True), code(r.model, cell=True)
    return f"| {r.source_line or ''} | {left} | {r.model_line or ''} | {right} |"


def as_json(d: Drift) -> str:
    """The same as data."""
    return json.dumps({"schema": SCHEMA, **encode(d)}, indent=2) + "\n"
