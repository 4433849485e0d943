# SPDX-License-Identifier: GPL-2.0-only
"""Parts of the state, and the values that each of them can have."""

from refcheck.graph.cfg import UNINIT

Question = tuple[str | int, ...]
Possible = dict[Question, frozenset[int]]
ZERO, UNWRITTEN = frozenset((0,)), frozenset((UNINIT,))


def join(a: Possible, b: Possible) -> Possible:
    """What is known where two paths meet."""
    if a is b:
        return a
    out = dict(a)
    for k in a.keys() - b.keys():
        out[k] = a[k] | default(k)
    for k, vs in b.items():
        mine = a.get(k)
        if mine is None:
            out[k] = vs | default(k)
        elif mine is not vs:
            out[k] = mine | vs
    return out


def default(key: Question) -> frozenset[int]:
    """What a part of the state is before anything is written."""
    return UNWRITTEN if key[0] == "cell" else ZERO
