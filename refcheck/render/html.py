# SPDX-License-Identifier: GPL-2.0-only
"""A run as HTML: pages that stand alone, need no network, and can be read without JavaScript.

Written to a file, one page holds everything.  Written to a folder, index.html lists all verdicts and each model has a
page of its own.  The Content-Security-Policy allows nothing but the page's own style and script, by their digests.
"""

import re
from importlib.resources import files

from jinja2 import DictLoader, Environment
from markupsafe import Markup, escape

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import ATTENTION_FIRST, Verdict
from refcheck.render.c_words import totals_text
from refcheck.render.called import ContractView, contract_views, facts, linked, meanings
from refcheck.render.diffs import repair_diff
from refcheck.render.facts import kernel_text, models, passes, reasons, relative, verdict_text
from refcheck.render.flow import flow_svg
from refcheck.render.formats import RenderOptions
from refcheck.render.policy import policy
from refcheck.render.summary import paragraphs
from refcheck.render.text import clean
from refcheck.render.why import lent
from refcheck.result.record import Balance, Finding, Place, Record, Run
from refcheck.result.standing import Beside, by_model

# Lines of a C file that are shown around a function.
_AROUND = 3
_MOST_LINES = 1 << 30


class Line(NamedTuple):
    """A line of the model with the steps that stand there; `short` is what fits beside it."""

    number: int
    text: Markup | str
    classes: str
    steps: str
    short: str


class FindingView(NamedTuple):
    """A finding with all that the page shows of it."""

    finding: Finding
    kernel: str
    has_kernel: bool
    diff: list[tuple[str, str]]
    lines: list[Line]
    slice: list[Line]
    certainty: str
    svg: Markup | None


class View(NamedTuple):
    """A record with all that the page shows of it; those with a smaller rank come first."""

    record: Record
    rank: int
    id: str
    href: str
    verdict: str
    passes: bool
    reasons: list[str]
    findings: list[FindingView]
    details: list[str]
    lines: list[Line]
    contracts: list[ContractView]
    balance: list[tuple[Balance, bool]]

    @property
    def colour(self) -> str:
        """The class of its verdict: a proof that does not pass is no good news."""
        return "bad" if self.record.verdict == Verdict.PROVED and not self.passes else self.record.verdict


def render(run: Run, options: RenderOptions) -> str:
    """Everything on one page."""
    return _page(run, run.results, options, title=f"refcheck: {_totals(run.results)}")


def render_pages(run: Run, options: RenderOptions) -> dict[str, str]:
    """The pages of a folder by name: index.html, and one page per model."""
    names = page_names(list(models(run)))
    hrefs = {m: names[m] for m in names}
    pages = {"index.html": _page(run, run.results, options, f"refcheck: {_totals(run.results)}", hrefs, index=True)}
    for model, records in models(run).items():
        title = f"{relative(model, options.base)}: {_totals(records)}"
        alone = run._replace(errors=())
        pages[names[model]] = _page(alone, records, options, title, home="index.html")
    return pages


def page_names(found: list[str]) -> dict[str, str]:
    """A file name for the page of each model, made of the last parts of its path; no two are equal."""
    names: dict[str, str] = {}
    for model in found:
        stem = re.sub(r"[^\w.-]+", "-", "-".join(model.replace("\\", "/").removesuffix(".rc").split("/")[-3:])).strip("-.")
        name, n = f"{stem or 'model'}.html", 2
        while name in names.values() or name == "index.html":
            name, n = f"{stem or 'model'}-{n}.html", n + 1
        names[model] = name
    return names


def _totals(records: tuple[Record, ...] | list[Record]) -> str:
    return totals_text(records, ATTENTION_FIRST) or "nothing to verify"


def _page(
    run: Run, records: tuple[Record, ...] | list[Record], options: RenderOptions, title: str,
    hrefs: dict[str, str] | None = None, home: str = "", index: bool = False,
) -> str:  # fmt: skip
    beside = by_model(run.results)
    pages = [(hrefs or {}).get(r.model, "") for r in records]
    views = [_view(run, r, beside[r.model], f"f{i}", pages[i], options, index) for i, r in enumerate(records)]
    css, js = _asset("style.css"), _asset("script.js")
    loader = DictLoader({"page": _asset("page.html.j2")})
    env = Environment(loader=loader, autoescape=True, trim_blocks=True, finalize=_shown)
    env.filters["at"] = lambda at: _at(at, options.base)
    env.filters["prose"] = _prose
    env.filters["rows"] = lambda text: Markup("\n").join(escape(clean(row)) for row in text.split("\n"))
    env.globals.update(meanings=meanings, facts=facts)
    counts = [(v, n) for v in ATTENTION_FIRST if (n := sum(r.verdict == v for r in records))]
    return env.get_template("page").render(
        run=run, records=records, views=views, title=title, home=home, index=index, counts=counts,
        failing=sum(not v.passes for v in views), csp=Markup(policy(css, js)),  # noqa: S704  our own text
        css=Markup(css), js=Markup(js),  # noqa: S704  files of the package
    ) + "\n"  # fmt: skip


def _asset(name: str) -> str:
    return files("refcheck.render").joinpath("page", name).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    """Whatever the page shows of a model has its control characters made visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return value if value == "\n" else clean(value)
    return value if isinstance(value, Markup | int) else clean(str(value)) if value is not None else ""


def _prose(text: str) -> Markup:
    """A sentence of refcheck: what stands in backquotes is code."""
    parts = [escape(clean(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(clean(text))
    marked = [Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts)]
    return Markup().join(marked)


def _at(at: Place, base: str) -> str:
    return f"{relative(at.file, base)}:{at.line}:{at.column}" if at.line else relative(at.file, base)


def _view(run: Run, r: Record, beside: Beside, name: str, page: str, options: RenderOptions, index: bool) -> View:
    said, rank, href = verdict_text(r, beside), 0 if r.findings else 1 + passes(r), page or f"#{name}"
    view = View(r, rank, name, href, said, passes(r), reasons(r), [], [], [], [], [])
    if index:
        return view
    contracts = [] if options.quiet else contract_views(r, beside, name)
    rests = [] if options.quiet else paragraphs(r._replace(balance=()), beside)
    had = [] if options.quiet else [(b, lent(b)) for b in r.balance]
    found = [_finding(run, r, f, contracts, options) for f in r.findings]
    lines = [] if found else _lines(run, r, None, contracts)
    return view._replace(findings=found, details=rests, lines=lines, contracts=contracts, balance=had)


def _finding(run: Run, r: Record, f: Finding, contracts: list[ContractView], options: RenderOptions) -> FindingView:
    path = tuple(n for s in f.steps for n in s.path)
    svg = Markup(flow_svg(r.graph, r.name, path, style=False)) if r.graph else None  # noqa: S704  flow_svg escapes
    diff = [(line[0] if line[:3] not in ("+++", "---") and line[:1] in "+-" and line else "", line)
            for line in repair_diff(run, r, f, options.base)]  # fmt: skip
    kernel = any(s.kernel_line for s in f.steps)
    return FindingView(f, kernel_text(f), kernel, diff, _lines(run, r, f, contracts), _slice(r, f), r.certainty(f), svg)


def _lines(run: Run, r: Record, f: Finding | None, contracts: list[ContractView]) -> list[Line]:
    """The lines of a function, or with a finding those of its model, in which calls lead to their contracts.

    On the path of a finding are those of its steps and of all edges between them.
    """
    text = next((s.text for s in run.sources if s.file == r.model), None)
    if text is None:
        return []
    path = _path(r, f) if f is not None else set()
    steps: dict[int, list[str]] = {}
    for s in f.steps if f is not None else ():
        if s.place.file == r.model:
            steps.setdefault(s.place.line, []).append(str(s.number))
    found, shown = [], _shown_lines(r, f)
    for number, line in enumerate(text.split("\n"), 1):
        if number not in shown:
            continue
        here = steps.get(number, [])
        broken = f is not None and number == f.place.line
        classes = [c for c, wanted in (("on", here or number in path), ("broken", broken)) if wanted]
        short = here[0] if len(here) == 1 else f"{here[0]}–{here[-1]}" if here else ""  # noqa: RUF001  a range
        found.append(Line(number, linked(line, number, contracts), " ".join(classes), " ".join(here), short))
    return found


def _shown_lines(r: Record, f: Finding | None) -> range:
    """The whole model of a finding; of a C file, and where nothing is wrong, the lines of the function."""
    if f is not None and r.from_c is None:
        return range(1, _MOST_LINES)
    around = _AROUND if r.from_c is not None else 0
    return range(r.place.line - around, max(r.place.end_line, r.last_line) + around + 1)


def _path(r: Record, f: Finding) -> set[int]:
    """The lines of all edges of a path."""
    edges = {a.number: a.line for a in r.graph.edges} if r.graph else {}
    return {edges.get(n, 0) for s in f.steps for n in s.path}


def _slice(r: Record, f: Finding) -> list[Line]:
    """The slice of a function of C, each line with the number of the line that it was made of."""
    path, found = _path(r, f) | {s.place.line for s in f.steps}, []
    for line in r.from_c.slice.split("\n") if r.from_c and r.from_c.slice else ():
        text, _, mark = line.partition("\t@")
        number = int(mark) if mark.isdecimal() and mark.isascii() else 0
        classes = [c for c, wanted in (("on", number in path), ("broken", number == f.place.line)) if wanted and number]
        found.append(Line(number, text, " ".join(classes), "", ""))
    return found
