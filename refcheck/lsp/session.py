# SPDX-License-Identifier: GPL-2.0-only
"""The files that are open, and when each is looked at: one worker checks, a pause after what was typed last.

What is found for a text that changed meanwhile is dropped.
"""

import asyncio
import gc
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from refcheck.lsp.check import Analysis, Checker
from refcheck.lsp.units import Texts, words_of
from refcheck.lsp.words import TextWords
from refcheck.run.one_file import Options
from refcheck.store.keys import versions
from refcheck.store.place import Store
from refcheck.unit.load import Unit

PAUSE = 0.05
Publish = Callable[["OpenFile"], None]


class OpenFile:
    """One file that is open: its text, what is known of it, and how often it changed.

    `unit` is what could last be read of it and of all that it uses; it is that of the text where it is `current`.  The
    `fullest` is the one with most in it: while an item is half written, what was there before still is.
    """

    def __init__(self, uri: str, path: str, text: str) -> None:
        self.uri = uri
        self.path = path
        self.text = text
        self.changes = 0
        self.analysis = Analysis(path)
        self.unit: Unit | None = None
        self.current = False
        self.fullest: Unit | None = None
        self.waiting: asyncio.TimerHandle | None = None

    @property
    def words(self) -> TextWords:
        """The words of its text."""
        return words_of(self.text)

    def is_c(self) -> bool:
        """It is a C file, which is looked at as it was saved."""
        return self.path.endswith(".c")


class Session:
    """The open files of one editor; `publish` is called in the loop's thread with a file of which more is known."""

    def __init__(self, options: Options, store: Store | None, publish: Publish, trouble: Callable[[str], None]) -> None:
        self.checker = Checker(options, store)
        self.files: dict[str, OpenFile] = {}
        self.publish = publish
        self.trouble = trouble
        self._worker = ThreadPoolExecutor(1, "refcheck")
        self._worker.submit(_warm)

    @property
    def texts(self) -> Texts:
        """What is typed, in front of what is saved."""
        typed = {os.path.realpath(f.path): f.text for f in self.files.values() if not f.is_c()}
        return Texts(self.checker.options.specs, typed)

    def configure(self, options: Options) -> None:
        """Other options; every open file is looked at anew."""
        self.checker = Checker(options, self.checker.store)
        for f in self.files.values():
            self.look(f, 0)

    # -- what the editor says
    def open(self, uri: str, path: str, text: str) -> None:
        f = self.files[uri] = OpenFile(uri, path, text.replace("\r\n", "\n"))
        self.look(f, 0)
        if not f.is_c():
            self.unit(f)

    def change(self, uri: str, text: str) -> None:
        """A text was typed: it is looked at after a pause, and so are the files that use it."""
        f = self.files[uri]
        f.text = text.replace("\r\n", "\n")
        f.current = False
        if not f.is_c():
            self.look(f, PAUSE)
            self._users(f, PAUSE)

    def save(self, uri: str) -> None:
        f = self.files[uri]
        if f.is_c():
            self.look(f, 0)

    def close(self, uri: str) -> None:
        f = self.files.pop(uri)
        f.changes += 1
        self._users(f, 0)

    def end(self) -> None:
        """Nothing is looked at any more."""
        for f in self.files.values():
            f.changes += 1
        self._worker.shutdown(wait=False, cancel_futures=True)
        if self.checker.store is not None:
            self.checker.store.tidy()

    def _users(self, used: OpenFile, pause: float) -> None:
        real = os.path.realpath(used.path)
        for f in self.files.values():
            if f is not used and real in f.analysis.reads:
                f.current = False
                self.look(f, pause)

    # -- what is known
    def unit(self, f: OpenFile) -> Unit | None:
        """What can be read of a file and all that it uses, as it is typed; the last that could be, where that is nothing."""
        if not f.current:
            f.unit, f.current = self.texts.unit(f.path) or f.unit, True
            f.fullest = max((u for u in (f.unit, f.fullest) if u is not None), key=_size, default=None)
        return f.unit

    def look(self, f: OpenFile, pause: float) -> None:
        """Have a file checked after a pause; what is under way for an older text is given up."""
        f.changes += 1
        if f.waiting is not None:
            f.waiting.cancel()
        loop = asyncio.get_running_loop()
        f.waiting = loop.call_later(pause, self._start, f, loop)

    def _start(self, f: OpenFile, loop: asyncio.AbstractEventLoop) -> None:
        f.waiting = None
        self._worker.submit(self._check, f, f.changes, self.texts, loop)

    def _check(self, f: OpenFile, change: int, texts: Texts, loop: asyncio.AbstractEventLoop) -> None:
        """In the worker: everything that is found of one text."""
        if f.changes != change:
            return
        gc.disable()  # cycles are looked for when all was said
        try:
            for analysis in self.checker.analyse(f.path, texts.edited, lambda: f.changes != change):
                loop.call_soon_threadsafe(self._found, f, change, analysis)
        except Exception as e:  # noqa: BLE001  a fault of refcheck must not end the editor's session: no verdict is shown
            loop.call_soon_threadsafe(self._found, f, change, Analysis(f.path))
            loop.call_soon_threadsafe(self.trouble, f"{f.path}: {type(e).__name__}: {e}; no verdict was given")
        finally:
            gc.enable()

    def _found(self, f: OpenFile, change: int, analysis: Analysis) -> None:
        if f.changes == change:
            f.analysis = analysis
            self.publish(f)


def _size(unit: Unit) -> int:
    return sum(len(m.items) for m in unit.modules)


def _warm() -> None:
    """Load what the first verdict and the first syntax error need."""
    from refcheck.prove.z3lib import new_context  # noqa: PLC0415  in the worker
    from refcheck.syntax import grammar  # noqa: PLC0415  needs lark

    new_context()
    versions()
    grammar.parser()
