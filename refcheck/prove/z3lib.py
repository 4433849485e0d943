# SPDX-License-Identifier: GPL-2.0-only
"""The only module that loads Z3: a context, and what it prints for a script in SMT-LIB 2.

The Python package z3 declares 700 functions of the C library, which takes longer than most proofs.  Six are needed, and
they are called through ctypes, in the library that lies beside the package.  Where none lies there, the package is
asked, which knows where else to look.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Protocol

_OK = 0
_SUFFIX = {"win32": "dll", "cygwin": "dll", "darwin": "dylib"}.get(sys.platform, "so")


class Z3Error(Exception):
    """What Z3 says was wrong with a script."""


class Z3(Protocol):
    """One context of Z3, which keeps what scripts declare and assert."""

    def eval(self, script: str) -> str:
        """What Z3 prints for a script; Z3Error where it finds an error, whatever else it printed."""


def new_context() -> Z3:
    """A new context; ImportError where Z3 is not installed, MemoryError where it does not get what it needs."""
    library = _library()
    return _Package() if library is None else _Library(library)


def version() -> str:
    """The version of the library, such as `4.13.0`."""
    library = _library()
    if library is None:
        import z3  # noqa: PLC0415  30 ms, where the library lies elsewhere

        return str(z3.get_version_string())
    numbers = [ctypes.c_uint() for _ in range(4)]
    _function(library, "Z3_get_version", None, *[ctypes.POINTER(ctypes.c_uint)] * 4)(*numbers)
    return ".".join(str(n.value) for n in numbers[:3])


class _Library:
    """A context in the library itself."""

    def __init__(self, library: ctypes.CDLL) -> None:
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint
        self._eval = _function(library, "Z3_eval_smtlib2_string", text, pointer, text)
        self._error = _function(library, "Z3_get_error_code", number, pointer)
        self._said = _function(library, "Z3_get_error_msg", text, pointer, number)
        make = _function(library, "Z3_mk_context", pointer, pointer)
        self._context = make(_function(library, "Z3_mk_config", pointer)())
        if not self._context:
            raise MemoryError("Z3 makes no context")
        # No handler: errors are asked for after each call, as Z3's own C++ interface does.
        _function(library, "Z3_set_error_handler", None, pointer, pointer)(self._context, None)

    def eval(self, script: str) -> str:
        """Z3.eval."""
        printed = self._eval(self._context, script.encode())
        code = self._error(self._context)
        if code != _OK or printed is None:
            raise Z3Error(_one_line(self._said(self._context, code)))
        return str(printed.decode())


class _Package:
    """A context through the Python package."""

    def __init__(self) -> None:
        import z3  # noqa: PLC0415  30 ms, where the library lies elsewhere

        self._context = z3.Context()
        self._eval, self._error = z3.Z3_eval_smtlib2_string, z3.Z3Exception

    def eval(self, script: str) -> str:
        """Z3.eval."""
        try:
            return str(self._eval(self._context.ref(), script))
        except self._error as e:
            raise Z3Error(_one_line(e.value)) from None


def _one_line(text: bytes | str) -> str:
    return " ".join((text if isinstance(text, str) else text.decode(errors="replace")).split())


def _library() -> ctypes.CDLL | None:
    """The library beside the package z3; None where there is none that can be loaded."""
    found = find_spec("z3")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = os.path.join(folder, "lib", f"libz3.{_SUFFIX}")
        if os.path.isfile(path):
            try:
                return ctypes.CDLL(path)
            except OSError:
                return None
    return None


def _function(library: ctypes.CDLL, name: str, gives: Any, *takes: Any) -> Callable[..., Any]:
    """A function of the library under types of its own, whatever types the package z3 gave it."""
    found = library[name]
    found.restype, found.argtypes = gives, takes
    return found
