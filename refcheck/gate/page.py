# SPDX-License-Identifier: GPL-2.0-only
"""A judgement as one page of HTML that stands alone: no network, no script, and nothing of a model becomes markup."""

from html import escape
from importlib.resources import files

from refcheck.gate.breach import Breach, Judgement
from refcheck.gate.words import affected, change, code, problem, summary, trace, where
from refcheck.render.policy import policy
from refcheck.render.text import clean


def render(j: Judgement, base: str) -> str:
    """The page, ending with a newline."""
    css = files("refcheck.render").joinpath("page", "style.css").read_text(encoding="utf-8")
    title = f"refcheck gate: {'passed' if not j.status else 'failed'}"
    out = [
        "<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy(css)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">', '<link rel="icon" href="data:,">',
        f"<title>{title}</title>", f"<style>{css}</style>", "</head>", "<body>",
        f"<header><h1>{title}</h1>",
        f'<p class="dim">{_shown(summary(j))}; refcheck {_shown(j.refcheck)}</p></header>', "<main>",
    ]  # fmt: skip
    for p in j.errors:
        out += ['<section class="problem"><h3 class="bad">', _shown(problem(p)[0]), "</h3>"]
        out += [f"<p>{_shown(line)}</p>" for line in problem(p)[1:]] + ["</section>"]
    out += [line for b in j.breaches for line in _breach(b, base)]
    out += [f"<p>note: {_shown(text)}</p>" for text in j.passed]
    return "\n".join([*out, "</main>", "</body>", "</html>", ""])


def _breach(b: Breach, base: str) -> list[str]:
    out = ['<article><section class="finding">']
    out.append(f'<h3><span class="bad">{code(b)} {_shown(b.rule)}</span>: {_shown(b.subject)}: {_shown(b.message)}</h3>')
    out += [f"<p>at <code>{_shown(where(b.place, base))}</code></p>"] if b.place.file else []
    marks = {"-": "del", "+": "ins"}
    lines = [f"<{m}>{_shown(t)}</{m}>" if (m := marks.get(t[:1], "")) else _shown(t) for t in change(b)]
    out += ['<pre class="diff">' + "\n".join(lines) + "</pre>"]
    shown = trace(b, base)
    out += ['<pre class="mono">' + "\n".join(map(_shown, shown)) + "</pre>"] if shown else []
    return [*out, f"<p>affected: {_shown(affected(b))}</p>", f"<p>help: {_shown(b.help)}</p>", "</section></article>"]


def _shown(text: str) -> str:
    return escape(clean(text))
