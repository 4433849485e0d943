# SPDX-License-Identifier: GPL-2.0-only
"""The review of a series as one page of HTML that stands alone, needs no network and no JavaScript."""

from importlib.resources import files

from jinja2 import DictLoader, Environment
from markupsafe import Markup

from refcheck.render.policy import policy
from refcheck.render.review import contract_lines, left_lines, summary, title, trace, word
from refcheck.render.text import Style, clean
from refcheck.result.review import Review


def render(review: Review, quiet: bool) -> str:
    """The page; `quiet` leaves out traces, contracts and lifecycles."""
    page = files("refcheck.render").joinpath("page")
    css = page.joinpath("style.css").read_text(encoding="utf-8")
    loader = DictLoader({"page": page.joinpath("review.html.j2").read_text(encoding="utf-8")})
    env = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_shown)
    env.filters["trace"] = lambda b, f: trace(f.record, b, Style())
    env.filters["contract"] = lambda c: "\n".join(contract_lines(c))
    env.filters["head"] = title
    text = env.get_template("page").render(
        review=review, quiet=quiet, summary=summary(review), left="\n".join(left_lines(review.left)), word=word,
        csp=Markup(policy(css)), css=Markup(css),  # noqa: S704  our own text
    )  # fmt: skip
    return text + "\n"


def _shown(value: object) -> object:
    """Whatever the page shows of a mail has its control characters made visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(clean(line) for line in value.split("\n"))
    return value
