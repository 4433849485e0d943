# SPDX-License-Identifier: GPL-2.0-only
"""One function of a run: recalled from the store, or proved and stored."""

from collections.abc import Callable

from refcheck.base.diagnostics import InternalError
from refcheck.graph.cfg import CFG
from refcheck.graph.wellformed import flaws
from refcheck.prove.prove import verify
from refcheck.run.one_file import Options, Work
from refcheck.store import recall
from refcheck.store.place import Store
from refcheck.verdict.verdict import Result

Keep = Callable[[Store, str, Result], None]


def decided(cfg: CFG, options: Options, store: Store | None, keep: Keep = recall.keep) -> tuple[Result, Work]:
    """The result of one function, recalled or proved anew, and what that took; what was proved is given to `keep`.

    InternalError where lowering made a graph on which nothing can be said, if that is looked for.
    """
    if options.debug and (found := flaws(cfg)):
        raise InternalError(f"the graph of {cfg.function} is not well formed: {'; '.join(map(str, found))}")
    name = ""
    if store is not None:
        name = recall.key(cfg, options.limits)
        entry = store.get(recall.KIND, name)
        known = recall.recall(cfg, options.limits, entry, options.recheck) if entry else None
        if entry is not None and known is not None:
            if not entry.own:
                recall.keep(store, name, known)
            return known, Work(recalled=1)
    result = verify(cfg, options.limits)
    if store is not None:
        keep(store, name, result)
    return result, Work(proved=1, queries=result.queries)
