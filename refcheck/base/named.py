# SPDX-License-Identifier: GPL-2.0-only
"""`NamedTuple`, which makes what typing.NamedTuple makes, in a sixth of the time: there are more than 150 in a run.

typing looks at the type of every field and compiles what stands in quotes, and collections compiles a constructor for
each class.  mypy does the first; for the second, one constructor is compiled for each number of fields, and a class gets
a copy with the names of its own.  See docs/adr/0002-named-tuples.md.
"""

import sys
from collections import _tuplegetter  # type: ignore[attr-defined]  # the accessor of collections.namedtuple, in C
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any, Self

__all__ = ["NamedTuple"]


class _NamedFields(tuple[Any, ...]):
    """What all of them share."""

    __slots__ = ()
    _fields = tuple[str, ...]()
    _shown = "()"

    def __repr__(self) -> str:
        return type(self).__name__ + self._shown % self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    @classmethod
    def _make(cls, values: Any) -> Self:
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, not {len(made)}")
        return made

    def _replace(self, **changes: Any) -> Self:
        made = tuple.__new__(type(self), map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"{type(self).__name__} has no fields {list(changes)}")
        return made

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))


@cache
def _constructor(size: int) -> FunctionType:
    """The constructor of a class with so many fields, whatever their names."""
    values = "".join(f"_{i}, " for i in range(size))
    made = eval(f"lambda _cls, {values}: _new(_cls, ({values}))", {"_new": tuple.__new__})  # noqa: S307
    assert isinstance(made, FunctionType)
    return made


def _names(body: dict[str, Any]) -> tuple[str, ...]:
    """The fields that the body of a class declares."""
    if sys.version_info >= (3, 14) and "__annotations__" not in body:
        import annotationlib  # noqa: PLC0415  new in Python 3.14

        annotate = annotationlib.get_annotate_from_class_namespace(body)
        form = annotationlib.Format.STRING
        return tuple(annotationlib.call_annotate_function(annotate, form)) if annotate else ()
    return tuple(body.get("__annotations__", ()))


class _Maker(type):
    """Makes a class of named tuples of the body of one: a class of `type`, which `match` tells from others in C."""

    def __new__(cls, name: str, _bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        fields = _names(body)
        defaults = tuple(body[f] for f in fields if f in body)
        general = _constructor(len(fields))
        code = general.__code__.replace(co_varnames=("_cls", *fields), co_name="__new__")
        body |= {f: _tuplegetter(i, "") for i, f in enumerate(fields)}
        body["__new__"] = FunctionType(code, general.__globals__, "__new__", defaults)
        body["__slots__"] = ()
        body["__match_args__"] = body["_fields"] = fields
        body["_shown"] = f"({', '.join(f'{f}=%r' for f in fields)})"
        return type(name, (_NamedFields,), body)


if TYPE_CHECKING:
    from typing import NamedTuple
else:
    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
