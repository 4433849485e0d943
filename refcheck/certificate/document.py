# SPDX-License-Identifier: GPL-2.0-only
"""Certificates as data: the JSON form of an invariant, bound by a digest to the graph that it is about.

`to_data` gives plain JSON values, `from_data` takes any JSON value whatsoever and gives a document or the reason why
it is none, `certificate_of` reads its invariant beside a graph.  None of them says that a certificate is right, and none has
to be believed: `confirm` hands what was read to the checker, for a graph that was lowered from the text.

The invariant has a `kind`: `states` lists the states of each location.  Equal states, and equal heaps of different states,
are written once; a cell that was never written is left out.  `refined` has the same of a refined graph, and the refinement.
"""

import itertools

from refcheck import __version__
from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.certificate.digest import VERSION, cfg_digest
from refcheck.certificate.fits import misfit
from refcheck.certificate.numbers import flat, from_flat
from refcheck.graph.cfg import CFG, LEAST, MOST, UNINIT
from refcheck.graph.obligations import NAMES
from refcheck.meaning.state import Pool, State
from refcheck.refinement.data import misfit as misfit_of_refinement
from refcheck.verdict.check import AskUnsat, Confirmed, Refusal, check
from refcheck.verdict.verdict import Certificate

FORMAT = "refcheck-certificate"
# What a document may hold at most; far above anything that a proof within its limits writes.
MOST_STATES, MOST_ENTRIES, MOST_TEXT = 2_000_000, 50_000_000, 4096


class Document(NamedTuple):
    """A certificate as read: what it is about, the verdicts that it claims by property, and its invariant as JSON values.

    `model` is the path of the model file, relative to the certificate; empty where it stands nowhere.
    """

    function: str
    entry: str
    digest: str
    model: str
    verdicts: dict[str, Verdict]
    invariant: object


def to_data(cfg: CFG, certificate: Certificate, verdicts: dict[str, Verdict], model: str = "") -> dict[str, object]:
    """The certificate of a graph as JSON values; `verdicts` has what is claimed for each property."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "refcheck": __version__,
        "model": model,
        "function": cfg.function,
        "entry": cfg.entry,
        "digest": cfg_digest(cfg),
        "verdicts": {n: verdicts[n] for n in NAMES if n in verdicts},
        "invariant": _states_data(cfg, certificate),
    }


def _states_data(cfg: CFG, certificate: Certificate) -> dict[str, object]:
    refinement = certificate.refinement
    if refinement is not None:
        from refcheck.certificate.predicates import refinement_data  # noqa: PLC0415  few certificates have a refinement
        from refcheck.refinement.graph import refined  # noqa: PLC0415  the same

        return {
            **_states_data(refined(cfg, refinement)[0], certificate._replace(refinement=None)),
            "kind": "refined", "refinement": refinement_data(refinement),
        }  # fmt: skip
    heaps: dict[tuple[tuple[int, ...], tuple[Pool, ...]], int] = {}
    states: dict[State, int] = {}
    rows, locations = list[list[int]](), list[list[int]]()
    for here in certificate.states:
        for state in here:
            if state not in states:
                states[state] = len(states)
                heap = heaps.setdefault((state.contexts, state.pools), len(heaps))
                written = ((i, v) for i, v in enumerate(state.cells) if v != UNINIT)
                rows.append([heap, *(n for pair in written for n in pair)])
        locations.append([states[state] for state in here])
    return {
        "kind": "states",
        "cells": len(cfg.cells),
        "heaps": [[list(c), [[o if o is None else list(flat(o)) for o in pool] for pool in pools]] for c, pools in heaps],
        "states": rows,
        "locations": locations,
    }


class _BadError(Exception):
    """Why a value is no certificate."""


def from_data(data: object) -> Document | str:
    """The document that a JSON value holds, or the reason why it holds none, as text."""
    try:
        return _document(data)
    except _BadError as e:
        return str(e)


def _document(data: object) -> Document:
    keys = ("format", "version", "refcheck", "model", "function", "entry", "digest", "verdicts", "invariant")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _BadError(f'it is no object with `"format": "{FORMAT}"`')
    version = data.get("version")
    if type(version) is not int or version != VERSION:
        raise _BadError(f"its version is {_shown(version)}, this refcheck reads version {VERSION}")
    _keys(data, keys, "the certificate")
    _text(data["refcheck"], "refcheck")
    digest = _text(data["digest"], "digest")
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise _BadError("`digest` is no SHA-256 in hexadecimal")
    verdicts = data["verdicts"]
    if not isinstance(verdicts, dict):
        raise _BadError("`verdicts` is no object")
    claims = dict[str, Verdict]()
    for name, verdict in verdicts.items():
        if name not in NAMES or not isinstance(verdict, str) or verdict not in Verdict.__members__:
            raise _BadError(f"`verdicts` has {_shown(name)}: {_shown(verdict)}")
        claims[name] = Verdict(verdict)
    about = [_text(data[k], k) for k in ("function", "entry", "model")]
    return Document(about[0], about[1], digest, about[2], claims, data["invariant"])


def _shown(value: object) -> str:
    """A value of a document in a message: short, on one line, printable."""
    text = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    return "".join(c if c.isprintable() else "?" for c in text[:40])


def _keys(data: dict[object, object], wanted: tuple[str, ...], where: str) -> None:
    for key in wanted:
        if key not in data:
            raise _BadError(f"{where} lacks `{key}`")
    for other in data:
        if other not in wanted:
            raise _BadError(f"{where} has an unknown key {_shown(other)}")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _BadError(f"`{where}` is no text")
    if len(value) > MOST_TEXT or not value.isprintable():
        raise _BadError(f"`{where}` is longer than {MOST_TEXT} characters or holds control characters")
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _BadError(f"{where} is no list")
    if len(value) > MOST_ENTRIES:
        raise _BadError(f"{where} has more than {MOST_ENTRIES} entries")
    return value


def _numbers(value: object, where: str, least: int, most: int) -> tuple[int, ...]:
    numbers = _list(value, where)
    for n in numbers:
        if type(n) is not int or not least <= n <= most:
            raise _BadError(f"{where} has {_shown(n)}, not an integer from {least} to {most}")
    return tuple(numbers)  # type: ignore[arg-type]


def _invariant(cfg: CFG, data: object) -> Certificate:
    if not isinstance(data, dict):
        raise _BadError("`invariant` is no object")
    if data.get("kind") == "refined":
        return _refined(cfg, data)
    if data.get("kind") != "states":
        raise _BadError(f"the kind of the invariant is {_shown(data.get('kind'))}, not 'states' or 'refined'")
    states = _all_states(cfg, data)
    locations = []
    for here in _list(data["locations"], "`locations`"):
        numbers = _numbers(here, "a location", 0, len(states) - 1)
        if len(set(numbers)) != len(numbers):
            raise _BadError("a location has one state twice")
        locations.append(tuple(states[n] for n in numbers))
    certificate = Certificate(tuple(locations))
    if why := misfit(cfg, certificate):
        raise _BadError(why)
    return certificate


def _refined(cfg: CFG, data: dict[object, object]) -> Certificate:
    from refcheck.certificate.predicates import BadRefinementError, refinement_of  # noqa: PLC0415  few have a refinement
    from refcheck.refinement.graph import refined  # noqa: PLC0415  the same

    try:
        refinement = refinement_of(data.get("refinement"))
    except BadRefinementError as e:
        raise _BadError(str(e)) from None
    if why := misfit_of_refinement(cfg, refinement):
        raise _BadError(why)
    plain = {k: v for k, v in data.items() if k != "refinement"} | {"kind": "states"}
    return _invariant(refined(cfg, refinement)[0], plain)._replace(refinement=refinement)


def _all_states(cfg: CFG, data: dict[object, object]) -> list[State]:
    _keys(data, ("kind", "cells", "heaps", "states", "locations"), "the invariant")
    cells = data["cells"]
    if type(cells) is not int or not 0 <= cells <= MOST:
        raise _BadError(f"`cells` is {_shown(cells)}, not an integer from 0 to {MOST}")
    heaps = [_heap(cfg, h) for h in _list(data["heaps"], "`heaps`")]
    rows = _list(data["states"], "`states`")
    if len(rows) > MOST_STATES or len(rows) * cells > MOST_ENTRIES:
        raise _BadError(f"it has {len(rows)} states, more than a proof can have")
    return [_state(row, heaps, cells) for row in rows]


def _heap(cfg: CFG, data: object) -> tuple[tuple[int, ...], tuple[Pool, ...]]:
    parts = _list(data, "a heap")
    if len(parts) != 2:
        raise _BadError("a heap is not a pair of contexts and pools")
    contexts, pools = _numbers(parts[0], "the contexts of a heap", 0, MOST), _list(parts[1], "the pools of a heap")
    numbers = [[o if o is None else _numbers(o, "an object", 0, MOST) for o in _list(pool, "a pool")] for pool in pools]
    if len(numbers) != len(cfg.resources):
        raise _BadError("a state has not one pool for each resource of the graph")
    try:
        objects = [
            tuple([o if o is None else from_flat(resource, o) for o in pool])
            for resource, pool in zip(cfg.resources, numbers, strict=True)
        ]
    except ValueError as e:
        raise _BadError(str(e)) from None
    return contexts, tuple(objects)


def _state(row: object, heaps: list[tuple[tuple[int, ...], tuple[Pool, ...]]], cells: int) -> State:
    numbers = _numbers(row, "a state", LEAST, MOST)
    if len(numbers) % 2 == 0:
        raise _BadError("a state is not the number of a heap and pairs of cell and value")
    heap, where = numbers[0], numbers[1::2]
    if not 0 <= heap < len(heaps):
        raise _BadError(f"a state has the heap {heap}, there are {len(heaps)}")
    if any(a >= b for a, b in itertools.pairwise(where)) or (where and not 0 <= where[0] <= where[-1] < cells):
        raise _BadError(f"the cells of a state do not ascend from 0 to {cells - 1}")
    values = [UNINIT] * cells
    for cell, value in zip(where, numbers[2::2], strict=True):
        values[cell] = value
    return State(tuple(values), *heaps[heap])


# ---------------------------------------------------------------------------------------------- document and graph


def confirm(cfg: CFG, document: Document, unsat: AskUnsat | None = None) -> Confirmed | Refusal:
    """Whether a document proves what it claims about a graph; `unsat` is asked for the lemmas of a refinement."""
    if document.digest != cfg_digest(cfg):
        return Refusal("stale-certificate", "the function, or a contract that it applies, has changed since")
    certificate = certificate_of(cfg, document)
    if isinstance(certificate, str):
        return Refusal("damaged-certificate", certificate)
    return check(cfg, certificate, document.verdicts, unsat)


def certificate_of(cfg: CFG, document: Document) -> Certificate | str:
    """The invariant of a document, read as states of a graph; the reason why it cannot be read so, as text."""
    try:
        return _invariant(cfg, document.invariant)
    except _BadError as e:
        return str(e)
