# SPDX-License-Identifier: GPL-2.0-only
"""Whatever the input is: a verdict or a diagnostic, never a fault of refcheck and never a traceback."""

import re
from pathlib import Path

import pytest
from command import GENEVE, ROOT, Ran, model, run
from hypothesis import given, settings
from hypothesis import strategies as st

from refcheck.run import proof as run_module

GRAMMAR = (ROOT / "refcheck" / "syntax" / "refcheck.lark").read_text(encoding="utf-8")
LIMITS = ("--max-states", "2000", "--timeout", "5", "-q")
SPECS = [ROOT / "specs" / f"{n}.spec" for n in ("dst", "skb", "contexts", "dst_cache", "route", "udp_tunnel")]

SMALL = settings(max_examples=30, deadline=None, derandomize=True, database=None)
FEW = settings(max_examples=20, deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of the module."""
    return tmp_path_factory.mktemp("robust")


def survived(ran: Ran) -> Ran:
    """The run ended as the manual says."""
    assert ran.status in (0, 1, 2, 3), ran.err
    assert "Traceback" not in ran.out + ran.err
    assert "internal-error" not in ran.out + ran.err
    assert ran.status != 2 or ran.err.startswith("error["), ran.err
    return ran


# -- bytes
@SMALL
@given(data=st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_random_bytes(folder: Path, data: bytes):
    assert survived(run("verify", model(folder, data, "bytes.rc"), *LIMITS)).status in (0, 2)


# -- the grammar's own words
WORDS = sorted(set(re.findall(r'"([A-Za-z_]+|[^A-Za-z"\s]{1,2})"', GRAMMAR)) | {
    "use", "source", "resource", "context", "fact", "entry", "guard", "int", "bool", "void", "hold", "release", "consume",
    "take", "move", "sanity", "leaked-ref", "refuted", "vacuous", "sleeps", "a", "b", "f", "dst", "skb", "rcu", "0", "1",
    "EINVAL", '"dst.spec"', '"x"', "@1", "==", "<=", "!=", "\n",
})  # fmt: skip

SIMPLE = ["a = b;", "a = f(b);", "f(a);", "return a;", "return;", "goto out;", "out:", "break;", "continue;", "dst d = g();",
          "int a;", "use(d);", "d->x = a;", "*a = 1;", "guard(rcu)();", "dst_release(d);", "skb->dst = d;", ";",
          'unreachable("x");', "a = &b;", "d = skb->dst;", "case 1:", "default:", "a = -EINVAL;", "d = NULL;"]  # fmt: skip
HEADS = ["if (a)", "if (IS_ERR(d))", "while (a)", "for (;;)", "else", "do", "switch (a)", "scoped_guard(rcu)", "{", "}",
         "while (b);", 'if (nondet("x"))', "if (d == NULL)", "if (!a && b < 0)"]  # fmt: skip
EFFECTS = ["use d", "hold d", "release d", "consume d", "drop skb->dst", "try_hold skb->dst", "enter rcu", "leave rcu",
           "*a = true", "skb->dst = move d", "skb->dst = noref d", "return d", "return hold", "return NULL", "return < 0",
           "return 0", "return borrow(gp)", "release d if a", "queue skb", "return take skb->dst",
           "return ERR_PTR"]  # fmt: skip


def soup() -> st.SearchStrategy[str]:
    """Words of the grammar in any order."""
    return st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)


def stew() -> st.SearchStrategy[str]:
    """A function whose statements and effects are of the language, but put together without sense."""
    statements = st.lists(st.sampled_from([*SIMPLE, *SIMPLE, *HEADS]), max_size=10).map("\n\t".join)
    outcomes = st.lists(st.lists(st.sampled_from(EFFECTS), max_size=3).map(", ".join), min_size=1, max_size=3)
    contract = outcomes.map(lambda es: "contract { " + " ".join(f"o{i}: {e};" for i, e in enumerate(es)) + " }")
    heads = ["void f(dst d, skb, bool a)", "int f(dst d, skb, bool *a)", "dst f(dst d __nullable, skb, int a)"]
    head = st.sampled_from(heads)
    return st.tuples(head, contract | st.just(""), statements).map(
        lambda t: f'use "noref/udp_tunnel.spec", "route.spec";\n{t[0]} {t[1]}\n{{\n\tint b;\n\t{t[2]}\n}}\n'
    )


@SMALL
@given(text=soup())
def test_words_of_the_grammar_in_any_order(folder: Path, text: str):
    survived(run("verify", model(folder, text, "soup.rc"), *LIMITS))


@SMALL
@given(text=stew())
def test_statements_in_any_order(folder: Path, text: str):
    survived(run("verify", model(folder, text, "stew.rc"), *LIMITS))


# -- damaged files
def damaged(text: str) -> st.SearchStrategy[str]:
    """A text after a few lines were deleted, doubled or swapped."""
    count = text.count("\n")
    change = st.tuples(st.sampled_from(["delete", "double", "swap"]), st.integers(0, count - 1), st.integers(0, count - 1))
    return st.lists(change, min_size=1, max_size=3).map(lambda changes: _apply(text.splitlines(), changes))


def _apply(lines: list[str], changes: list[tuple[str, int, int]]) -> str:
    for what, i, j in changes:
        i, j = i % len(lines), j % len(lines)  # noqa: PLW2901
        if what == "delete":
            del lines[i]
        elif what == "double":
            lines.insert(j, lines[i])
        else:
            lines[i], lines[j] = lines[j], lines[i]
    return "\n".join(lines) + "\n"


@FEW
@given(text=damaged(GENEVE.read_text(encoding="utf-8")))
def test_a_damaged_model(folder: Path, text: str):
    survived(run("verify", model(folder, text, "geneve.rc"), *LIMITS))


@FEW
@given(data=st.data())
def test_a_damaged_spec(folder: Path, data: st.DataObject):
    specs = folder / "specs"
    specs.mkdir(exist_ok=True)
    for old in specs.iterdir():
        old.unlink()
    spec = data.draw(st.sampled_from(SPECS))
    model(specs, data.draw(damaged(spec.read_text(encoding="utf-8"))), spec.name)
    survived(run("verify", GENEVE, "-f", "geneve_fill_metadata_dst", "--specs", specs, *LIMITS))


@FEW
@given(data=st.data())
def test_a_model_that_ends_anywhere(folder: Path, data: st.DataObject):
    text = GENEVE.read_bytes()
    cut = data.draw(st.integers(0, len(text) - 1))
    survived(run("verify", model(folder, text[:cut], "cut.rc"), "-f", "geneve_build_skb", *LIMITS))


def test_where_the_memory_does_not_suffice_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch):
    # Given a process that has no room for the states, then every property is unknown, with the reason
    def full(*_args: object, **_kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr("refcheck.prove.prove.explore", full)
    ran = survived(run("verify", GENEVE, "-f", "geneve_xmit_skb", "--no-store", "--jobs", "1"))
    assert ran.status == 3
    assert "geneve_xmit_skb: UNKNOWN" in ran.out
    assert "memory" in ran.out
    assert "PROVED" not in ran.out


def test_a_file_for_which_the_memory_does_not_suffice_is_an_error_and_the_others_are_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # Given no room to read one of two files
    small = model(tmp_path, 'use "dst.spec";\nvoid f(dst d)\n{\n\tuse(d);\n}\n', "small.rc")
    prepare = run_module.prepared

    def full(unit: object, *args: object) -> object:
        if "udp_tunnel" in str(unit):
            raise MemoryError
        return prepare(unit, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(run_module, "prepared", full)
    ran = survived(run("verify", ROOT / "models" / "udp_tunnel_core.rc", small, "--no-store", "--jobs", "1"))
    assert ran.status == 2
    assert "error[out-of-memory]" in ran.err
    assert "--max-states" in ran.err
    assert "f: PROVED" in ran.out


def test_a_run_for_which_the_memory_does_not_suffice_ends_in_words(monkeypatch: pytest.MonkeyPatch):
    def full(*_args: object) -> None:
        raise MemoryError

    monkeypatch.setattr("refcheck.cli.app._run_command", full)
    ran = survived(run("verify", GENEVE))
    assert ran.status == 2
    assert ran.err.startswith("error[out-of-memory]: the memory of the process does not suffice\n  help: ")
    assert ran.out == ""


def calls_inside_each_other(n: int) -> str:
    """n functions without contracts, each called by the one behind it."""
    inner = "resource dst;\nvoid f0(dst d)\n{\n\tuse(d);\n}\n"
    return inner + "".join(f'void f{i}(dst d)\n{{\n\tif (nondet("{i}"))\n\t\tf{i - 1}(d);\n}}\n' for i in range(1, n + 1))


def test_five_hundred_calls_inside_each_other(tmp_path: Path):
    ran = run("verify", model(tmp_path, calls_inside_each_other(500)), "-f", "f500", "-q", "--no-store")
    assert (ran.status, ran.out.split(",")[0]) == (0, "f500: PROVED   507 obligations")


def test_thousands_of_calls_inside_each_other(tmp_path: Path):
    path = model(tmp_path, calls_inside_each_other(4000))
    ran = survived(run("verify", path, "-f", "f4000", "-q", "--no-store"))
    assert ran.status == 2
    assert ran.err.startswith("error[too-deep]: `f4000` nests calls without contracts too deep\n")
    assert f"{path}:" in ran.err
    assert "help: give a contract" in ran.err
