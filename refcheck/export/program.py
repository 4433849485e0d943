# SPDX-License-Identifier: GPL-2.0-only
"""From functions in their entry contexts to one file for another checker, with a header that says how to run it."""

import re

from refcheck.export.c import c_text
from refcheck.export.plain import Plain
from refcheck.export.promela import promela_text
from refcheck.export.translate import translate
from refcheck.graph.cfg import CFG

FORMS = ("promela", "c")
SUFFIX = {"promela": "pml", "c": "c"}
# What is a word of Promela (spinroot.com/spin/Man/promela.html), or a name in the programs that are written.
_RESERVED = frozenset(
    """
    active assert atomic bit bool byte c_code c_decl c_expr c_state c_track chan d_proctype d_step do else empty
    enabled eval fi for full get_priority goto hidden if in inline init int len ltl mtype nempty never nfull
    notrace np_ od of pc_value pid print printf printm priority proctype provided return run select set_priority
    short show skip timeout trace true typedef unless unsigned xr xs main nondet_bool
    """.split()  # noqa: SIM905
)

_RUN = {
    "c": (
        "cbmc --no-standard-checks --unwind 4 --unwinding-assertions FILE.c",
        "A property is refuted where an assertion that begins with its name has FAILURE.  A loop needs as many rounds",
        "(--unwind) as its unwinding assertion asks for; where a loop has no last round CBMC can only refute.",
    ),
    "promela": (
        "spin -a FILE.pml && cc -O1 -DSAFETY -o pan pan.c && ./pan -E -c0 -m1000000",
        "A property is refuted where an assertion that names it is violated.  pan reports each with -c0, the first alone",
        "with -c1; -E leaves out the end states of paths that a false guard cuts.",
    ),
}


def plain(cfgs: list[CFG]) -> list[Plain]:
    """A plain program for each graph, with names that differ; InputError where one cannot be said."""
    used: dict[str, None] = {}
    return [translate(cfg, _name(cfg, used)) for cfg in cfgs]


def file_text(programs: list[Plain], form: str, prop: str | None = None, version: str = "") -> str:
    """All programs in one file in `form` (one of FORMS); `prop` leaves one property only.  Equal input, equal text."""
    first, *rest = _RUN[form]
    titles = ", ".join(dict.fromkeys(p.title for p in programs))
    header = [f"Written by refcheck {version}: {titles}", "", f"    {first}", ""]
    header += [*rest, f"Only assertions of {prop} are here." if prop else "Every property is asserted.", "",
               "An assertion `limit` that fails says that a count grew too far: then nothing else is said."]  # fmt: skip
    return (c_text if form == "c" else promela_text)(programs, header, prop)


def _name(cfg: CFG, used: dict[str, None]) -> str:
    base = re.sub(r"\W", "_", "_".join(x for x in (cfg.function, cfg.entry) if x), flags=re.ASCII)
    base = f"f_{base}" if base in _RESERVED or not base[0].isalpha() else base
    name, i = base, 2
    while name in used:
        name, i = f"{base}_{i}", i + 1
    used[name] = None
    return name
