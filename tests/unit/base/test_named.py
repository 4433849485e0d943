# SPDX-License-Identifier: GPL-2.0-only
"""Named tuples of our own: everything that those of typing do, compared with them."""

import copy
import pickle
import subprocess
import sys
import typing
from typing import get_type_hints

import pytest
from command import ROOT

from refcheck.base import named
from refcheck.base.named import NamedTuple


class Ours(NamedTuple):
    """A class of ours."""

    first: int
    second: "tuple[str, ...]"
    third: "Ours | None" = None

    @property
    def twice(self) -> int:
        return 2 * self.first

    @classmethod
    def of(cls, n: int) -> "Ours":
        return cls(n, ())


class Theirs(typing.NamedTuple):
    """The same of typing."""

    first: int
    second: "tuple[str, ...]"
    third: "Theirs | None" = None


class Empty(NamedTuple):
    """No field at all."""


class Other(NamedTuple):
    """Fields of the same number."""

    a: int
    b: int
    c: int


def test_they_are_made_as_those_of_typing():
    for kind in (Ours, Theirs):
        one = kind(1, ("a",))
        assert one == kind(first=1, second=("a",)) == kind(1, second=("a",), third=None) == (1, ("a",), None)
        assert kind._make([1, ("a",), None]) == one
        with pytest.raises(TypeError, match="second"):
            kind(1)
        with pytest.raises(TypeError, match="fourth"):
            kind(1, (), fourth=4)
        with pytest.raises(TypeError):
            kind(1, (), None, None)
        with pytest.raises(TypeError):
            kind._make([1])
    assert Empty() == ()
    assert repr(Empty()) == "Empty()"


def test_they_say_the_same():
    mine, other = Ours(1, ("a",), Ours.of(2)), Theirs(1, ("a",), Theirs(2, ()))
    assert repr(mine) == repr(other).replace("Theirs", "Ours")
    assert mine._fields == other._fields == Ours.__match_args__ == Theirs.__match_args__
    assert mine._asdict() == other._asdict()
    assert hash(mine) == hash(other)
    assert mine == other
    assert Ours.__doc__ == "A class of ours."
    assert (Ours.__module__, Ours.__qualname__) == (Theirs.__module__, "Ours")
    assert get_type_hints(Ours) == {"first": int, "second": tuple[str, ...], "third": Ours | None}
    assert mine.twice == 2
    assert not hasattr(mine, "__dict__")
    assert type(Ours) is type(Theirs) is type


def test_they_never_change_but_in_copies():
    one = Ours(1, ())
    with pytest.raises(AttributeError):
        one.first = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        one.fourth = 2  # type: ignore[attr-defined]
    assert one._replace(first=2, third=one) == Ours(2, (), one)
    assert type(one._replace()) is Ours
    with pytest.raises(TypeError, match="fourth"):
        one._replace(fourth=4)


def test_they_travel():
    one = Ours(1, ("a",), Ours.of(2))
    for again in (*(pickle.loads(pickle.dumps(one, p)) for p in range(2, 6)), copy.copy(one), copy.deepcopy(one)):
        assert again == one
        assert type(again) is Ours
        assert type(again.third) is Ours


def test_they_are_matched_by_class_place_and_name():
    found = []
    for subject in (Ours(1, ("a",)), Other(1, 2, 3), (1, 2, 3), Empty()):
        match subject:
            case Ours(first, ("a",), third=None):
                found.append(f"ours {first}")
            case Other(a, b, c=3):
                found.append(f"other {a} {b}")
            case Empty():
                found.append("empty")
            case _:
                found.append("none")
    assert found == ["ours 1", "other 1 2", "none", "empty"]


def test_classes_of_one_size_share_a_constructor_and_no_names():
    named._constructor.cache_clear()
    a, b, _ = (named._Maker(n, (), {"__annotations__": {f"{n}1": int, f"{n}2": int}}) for n in "abc")
    assert named._constructor.cache_info().misses == 1
    assert a(a1=1, a2=2) == b(b1=1, b2=2)
    with pytest.raises(TypeError):
        a(b1=1, b2=2)


def test_mypy_takes_them_for_named_tuples(tmp_path):
    text = """
from refcheck.base.named import NamedTuple
class P(NamedTuple):
    x: int
    y: str = ""
P(1).x = 3
P("a")
reveal_type(P(1)[1])
"""
    path = tmp_path / "m.py"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(tmp_path / "c"), str(path)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert [line.split(": ", 1)[1].split("  ")[0] for line in done.stdout.replace("builtins.", "").splitlines()] == [
        'error: Property "x" defined in "P" is read-only',
        'error: Argument 1 to "P" has incompatible type "str"; expected "int"',
        'note: Revealed type is "str"',
    ]
