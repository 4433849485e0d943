# SPDX-License-Identifier: GPL-2.0-only
"""Named tuples to JSON data and back, by their annotations: one description of a form, for writing and for reading.

Text, the words of an enumeration, numbers, truth values, None, tuples of one type, unions with None and named tuples are
known.  A named tuple is an object whose keys are its fields.  Reading is strict: a missing or unknown key, or a value of
another type, is a `DataError` that says where, so that what was tampered with or cut off is never taken for a result.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Decoder = Callable[[object, str], Any]


class DataError(ValueError):
    """Data that has not the form it should have: where, what was expected, and what was found."""

    def __init__(self, where: str, expected: str, found: object) -> None:
        super().__init__(f"{where}: expected {expected}, found {str(found)[:40]!r}")
        self.where = where


def encode(value: object) -> dict[str, object]:
    """A named tuple as JSON data."""
    return cast("dict[str, object]", _encode(value))


def _encode(value: object) -> object:
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return {name: _encode(v) for name, v in zip(value._fields, value, strict=True)}
        return [_encode(v) for v in value]
    return value


def decode(kind: type[T], data: object) -> T:
    """The named tuple of this class that `encode` wrote; DataError names the first part that does not fit."""
    form: Any = kind
    return cast("T", _decoder(form)(data, kind.__name__.lower()))


@cache
def _decoder(kind: Any) -> Decoder:
    if get_origin(kind) is tuple:
        return _many(get_args(kind)[0])
    if isinstance(kind, UnionType):
        inner = [_decoder(k) for k in get_args(kind) if k is not NoneType]
        return lambda data, where: None if data is None else inner[0](data, where)
    if hasattr(kind, "_fields"):
        return _named(kind)
    if issubclass(kind, StrEnum):
        return _word(kind)
    return _plain(kind)


def _word(kind: type[StrEnum]) -> Decoder:
    words = {str(member): member for member in kind}

    def read(data: object, where: str) -> object:
        if type(data) is not str or data not in words:
            raise DataError(where, f"one of {', '.join(words)}", data)
        return words[data]

    return read


def _plain(kind: type) -> Decoder:
    def read(data: object, where: str) -> object:
        if type(data) is not kind:
            raise DataError(where, {str: "a text", int: "a number", bool: "true or false"}[kind], data)
        return data

    return read


def _many(kind: Any) -> Decoder:
    inner = _decoder(kind)

    def read(data: object, where: str) -> object:
        if not isinstance(data, list):
            raise DataError(where, "a list", data)
        return tuple([inner(v, f"{where}[{i}]") for i, v in enumerate(data)])

    return read


def _named(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    fields = [(name, _decoder(hints[name])) for name in kind._fields]
    names = set(kind._fields)

    def read(data: object, where: str) -> object:
        if not isinstance(data, dict):
            raise DataError(where, "an object", data)
        if data.keys() != names:
            odd = min(names ^ data.keys())
            raise DataError(f"{where}.{odd}", "no such key" if odd in data else "a value", data.get(odd))
        return kind(*[inner(data[name], f"{where}.{name}") for name, inner in fields])

    return read
