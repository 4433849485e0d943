# SPDX-License-Identifier: GPL-2.0-only
"""What a file of a small tree knows by name, and the calls that a scan of the text finds."""

import pytest

from refcheck.base.source import SourceFile, Span
from refcheck.c import index as index_of_a_tree
from refcheck.c import tree
from refcheck.c.census import calls_in_text
from refcheck.c.index import FileIndex, Index
from refcheck.c.unit import CUnit, Parsed
from refcheck.store.place import Store

FILES = {
    "include/linux/a.h": """#ifndef A_H
#define A_H
#include <linux/b.h>
#define ONE 1
#define FLAGS (ONE << 3 | BIT(5))
#define SIZE sizeof(struct a)
#define TWICE(x) ((x) * 2)
#define FOUR TWICE(2)
#define MINUS (~0U)
#ifdef X
#define EITHER 1
#else
#define EITHER 2
#endif
#define LOOP LOOP2
#define LOOP2 LOOP
struct a {
	struct b *b;
	union {
		int x;
		struct { u8 inner; } named;
	};
};
typedef struct a a_t;
enum { FIRST, SECOND = 4, THIRD };
enum { P,
#ifdef X
	Q,
#endif
	R };
static inline int get(struct a *a)
{
	return a->x;
}
int put(struct a *a, int n);
DEFINE_FREE(a, struct a *, if (_T) put(_T, 1))
#endif
""",
    "include/linux/b.h": "#include <linux/a.h>\nstruct b { long y; };\n#ifdef X\nint both(void);\n#else\n"
    "static inline int both(void) { return 0; }\n#endif\n",
    "net/core/put.c": "#include <linux/a.h>\nint put(struct a *a, int n)\n{\n\treturn 0;\n}\n",
    "net/x.c": '#include <linux/a.h>\n#include "gone.h"\nstatic int f(struct a *a) { return put(a, ONE); }\n'
    "static const struct ops o = { .open = f };\n",
}  # fmt: skip


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "tree"


@pytest.fixture
def index(root) -> FileIndex:
    return Index(str(root)).at(str(root / "net" / "x.c"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONE", 1), ("FLAGS", 40), ("FOUR", 4), ("SIZE", None), ("MINUS", None), ("EITHER", None), ("LOOP", None),
        ("FIRST", 0), ("SECOND", 4), ("THIRD", 5), ("P", None), ("R", None), ("NOWHERE", None),
    ],
)  # fmt: skip
def test_constants(index, name, value):
    assert index.constant(name) == value


def test_functions(index):
    put, get = index.signature("put"), index.signature("get")
    assert put is not None
    assert ([p.name for p in put.params], put.body) == (["a", "n"], None)
    assert get is not None
    assert get.static
    assert index.signature("nothing") is None
    body = index.body("put")
    assert body is not None
    assert body.span.path.endswith("net/core/put.c")
    assert index.body("get") is not None
    assert index.bodies("both") == ()  # an `#if` chooses between a stub and what is nowhere


def test_fields_and_types(index):
    field = index.field("struct a", "b")
    assert (field.base, field.stars) == ("struct b", 1)
    assert index.field("a_t", "x").base == "int"
    assert index.field(index.field("struct a", "named").base, "inner").base == "u8"
    assert index.field("struct a", "none") is None
    assert index.typedef("a_t").base == "struct a"


def test_initialisers_and_what_macros_define(index):
    (found,) = index.initialisers("open")
    assert (found.struct, found.function) == ("struct ops", "f")
    defined = index.defined("DEFINE_FREE", "a")
    assert isinstance(defined.args[2], tree.StatementExpr)
    assert index.expansion("TWICE")[0] == ("x",)


def test_what_was_found_is_kept_until_a_file_changes(root, tmp_path, monkeypatch):
    def fresh() -> FileIndex:
        return Index(str(root), Store(tmp_path / "store", tmp_path / "key")).at(str(root / "net" / "x.c"))

    first = fresh()
    asked = [first.signature("put"), first.field("struct a", "b"), first.constant("FLAGS"), first.constant("NOWHERE")]
    first._index.keep()
    second = fresh()
    monkeypatch.setattr(Parsed, "of", lambda _, source: CUnit(source) if source.path.endswith("x.c") else None)
    assert [
        second.signature("put"),
        second.field("struct a", "b"),
        second.constant("FLAGS"),
        second.constant("NOWHERE"),
    ] == asked
    monkeypatch.undo()
    header = root / "include" / "linux" / "a.h"
    header.write_text(FILES["include/linux/a.h"].replace("ONE 1", "ONE 2"), encoding="utf-8")
    assert fresh().constant("FLAGS") == 48


def test_files_are_forgotten_when_there_are_too_many_and_answer_the_same(root, monkeypatch):
    monkeypatch.setattr(index_of_a_tree, "_MOST_HELD", 1)
    whole = Index(str(root))
    here = whole.at(str(root / "net" / "x.c"))
    first = [here.signature("put"), here.field("struct a", "b"), here.constant("FLAGS"), here.body("put")]
    assert len(whole._units) == 1
    again = whole.at(str(root / "net" / "x.c"))
    assert [again.signature("put"), again.field("struct a", "b"), again.constant("FLAGS"), again.body("put")] == first


def test_a_tree_without_headers_knows_the_file_itself(tmp_path):
    path = tmp_path / "y.c"
    path.write_text("#include <linux/none.h>\n#define N 3\nint f(void) { return N; }\n", encoding="utf-8")
    index = Index(str(tmp_path)).at(str(path))
    assert index.constant("N") == 3
    assert index.signature("f") is not None


def test_the_scan_finds_every_call_and_nothing_under_if_0():
    text = (
        'int f(void)\n{\n\tg(h(1)); /* k() */ s("m()");\n#if 0\n\tn();\n#else\n\to ();\n#endif\n\tp->q(2);\n\tif (a) {}\n}\n'
    )
    found = calls_in_text(SourceFile("a.c", text), Span("a.c", 1, 1, 11, 2))
    assert found == (("g", 3), ("h", 3), ("s", 3), ("o", 7), ("q", 9))
