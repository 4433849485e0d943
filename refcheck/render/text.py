# SPDX-License-Identifier: GPL-2.0-only
"""Plain text within 75 columns, without colour unless asked: it is pasted into mail.  A terminal may have more room."""

import textwrap

from refcheck.base.diagnostics import CODES
from refcheck.result.record import Finding, Mark, Problem, Record, Step

WIDTH = 75
_EVENT = 32


class Style:
    """How wide a text is, and whether it is coloured; plain and for mail by default."""

    def __init__(self, colour: bool = False, width: int = WIDTH) -> None:
        self.colour = colour
        self.width = width

    def paint(self, text: str, code: str) -> str:
        """The text in a colour, where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def clean(text: str) -> str:
    """Text of a model with control characters made visible: nothing in a model can steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else f"\\x{ord(c):02x}" for c in text)


def wrap(text: str, width: int = WIDTH, first: str = "", rest: str = "", whole: bool = False) -> list[str]:
    """Lines of a text with an indent for the first and one for the rest; `whole`: words stay in one piece."""
    if text and len(first) + len(text) <= width and text.isprintable() and text == text.strip():
        return [first + text]
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=not whole, break_on_hyphens=not whole
    )


def render_problem(p: Problem, style: Style) -> str:
    """An input error: the line, what was found, what is expected, what to do."""
    kind = f"error[{clean(p.name)}]"
    # Paths stay in one piece, so that they can be copied.
    out = wrap(f"{kind}: {clean(p.message)}", style.width, rest="  ", whole=True)
    out[0] = out[0].replace(kind, style.paint(kind, "1;31"), 1)
    if p.place.line:
        out.append(f"  --> {clean(str(p.place))}")
        out += _quote((Mark(p.place, "", p.quote),) if p.quote else (), style.width)
    out += _paragraphs("note", p.notes, style.width) + _paragraphs("help", (p.help,) if p.help else (), style.width)
    return "\n".join([*out, f"  more: refcheck explain {p.code}"] if p.code in CODES else out)


def render_finding(f: Finding, record: Record, style: Style) -> str:
    """A finding: title, place, labelled lines, the table of steps, one note, one help."""
    said = ", ".join(filter(None, (record.entry, record.certainty(f))))
    where = f" ({said})" if said else ""
    kind = f"{'warning' if record.certainty(f) == 'possible' else 'error'}[{clean(f.property)}]"
    out = wrap(clean(f"{kind}: {f.title}{where}"), style.width, rest="  ")
    out[0] = out[0].replace(kind, style.paint(kind, "1;31"), 1)
    kernel = f"   ({f.kernel.file}:{f.kernel.line})" if f.kernel else ""
    out.append(f"  --> {clean(str(f.place))}{clean(kernel)}")
    out.append("")
    out += _quote(f.labels, style.width)
    out.append("")
    out += _table(f.steps, style.width)
    more = _paragraphs("note", f.notes, style.width) + _paragraphs("help", (f.help,) if f.help else (), style.width)
    return "\n".join([*out, *([""] if more else []), *more])


def _paragraphs(word: str, texts: tuple[str, ...], width: int) -> list[str]:
    out: list[str] = []
    for text in texts:
        out += wrap(f"{word}: {clean(text)}", width, first="  ", rest=" " * 8)
    return out


def _quote(labels: tuple[Mark, ...], wide: int) -> list[str]:
    """The labelled source lines, each with its label below, in the order of the labels."""
    out: list[str] = []
    width = max((len(str(label.place.line)) for label in labels), default=1)
    for i, label in enumerate(labels):
        at, raw = label.place, label.quote
        if not raw:
            continue
        shown = clean(raw.expandtabs(4)).rstrip()
        start = len(raw[: at.column - 1].expandtabs(4))
        end = len(raw[: at.end_column - 1].expandtabs(4)) if at.end_line == at.line else len(shown)
        cut = max(0, min(start - 4, len(shown) - (wide - width - 3)))
        mark = "^" if i == len(labels) - 1 else "-"
        room = wide - width - 4
        out.append(f" {at.line:>{width}} | {shown[cut : cut + room]}")
        bar = f" {'':>{width}} | " + " " * (start - cut) + mark * max(1, min(end - start, room - start + cut))
        out += _hang(bar, label.text, wide)
    return out


def _hang(bar: str, text: str, width: int) -> list[str]:
    if not text:
        return [bar]
    if len(bar) + 1 + len(text) <= width:
        return [f"{bar} {clean(text)}"]
    indent = bar[: bar.index("|") + 1] + "      "
    return [bar, *wrap(clean(text), width, first=indent, rest=indent)]


def _pack(items: list[str], width: int) -> list[str]:
    """Items separated by commas, broken between items where that is possible."""
    lines = [""]
    for i, item in enumerate(items):
        text = item + ("," if i < len(items) - 1 else "")
        joined = f"{lines[-1]} {text}".strip()
        if len(joined) <= width:
            lines[-1] = joined
        else:
            lines += wrap(text, width)
    return [line for line in lines if line] or [""]


def _table(rows: tuple[Step, ...], width: int) -> list[str]:
    """The steps; half of the room that a terminal has beyond a mail is for the events."""
    kernel, event = any(r.kernel_line for r in rows), _EVENT + (width - WIDTH) // 2
    head = "  step  line  " + ("kernel  " if kernel else "") + f"{'event':<{event}}  changes"
    out = [head]
    for r in rows:
        items = [clean(str(c)) for c in r.changes]
        at = f"{r.kernel_line:>6}  " if r.kernel_line else " " * 8
        left = f"  {r.number:>4}  {r.place.line:>4}  " + (at if kernel else "")
        room = width - len(left) - event - 2
        events = wrap(clean(r.event), event) or [""]
        shown = _pack(items, max(12, room))
        for i in range(max(len(events), len(shown))):
            e = events[i] if i < len(events) else ""
            c = shown[i] if i < len(shown) else ""
            prefix = left if i == 0 else " " * len(left)
            out.append(f"{prefix}{e:<{event}}  {c}".rstrip())
    return out
