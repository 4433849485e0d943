# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of the text of a C file before it is parsed, and that its length and its lines stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refcheck.base.diagnostics import InputError
from refcheck.base.source import SourceFile
from refcheck.c.mask import masked, open_comment, read_c
from refcheck.c.text import normalised

PIECES = (
    "static int f(struct net *net)\n{\n", "}\n", "#if X\n", "#else\n", "#endif\n", "#if 0\n", "#define A(x) \\\n\t(x)\n",
    "/*", "*/", "//", '"', "'", "\\\n", "for_each_thing(a, b) ", "guard(rcu)();", "scoped_guard(rcu) ", "typeof(x) ",
    "__free(kfree) ", "DECLARE_BITMAP(a, 3);", "struct_group(a, int b;);", "f(struct x *, a);", "case 1 ... 2:",
    "offsetof(a, b)", "__aligned(8) ", "(", ")", "{", "}", ";", ",", "\t", "\r\n", "ö", "\U0001f600", "x", "0",
    "goto l;\nl:\n", "f(a, );", 'a "b" C(d) "e"', "f(1, ==, 2);",
)  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_keeps_its_length_and_its_lines(text: str):
    made = normalised(SourceFile("a.c", text)).text
    assert len(made) == len(text)
    assert made.isascii()
    assert [i for i, c in enumerate(made) if c == "\n"] == [i for i, c in enumerate(text) if c == "\n"]


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("int x __aligned(8);", "int x             ;"),
        ("int x; // dst_release(d)", "int x;                  "),
        ('char *s = "dst_release(";', 'char *s = "            ";'),
        ("int c = 'A';", "int c = 65 ;"),
        ("int c = '\\n';", "int c = 10  ;"),
        ("u8 a; DECLARE_BITMAP(seen, 10);", "u8 a; unsigned long  seen[ 10];"),
        ("static DEFINE_MUTEX(lock);", "       DEFINE_MUTEX(lock);"),
        ("struct s { struct_group(g, int a;); };", "struct s { struct {        int a;}; };"),
        ("struct s { unsigned int :3; };", "struct s { unsigned int   ; };"),
        ("void f(void) { g(struct a *, 1); }", "void f(void) { g(struct_a__, 1); }"),
        ("void f(void) { g(u8 *, 1); }", "void f(void) { g(u8__, 1); }"),
        ("void f(void) { g(int, 1); }", "void f(void) { g(_nt, 1); }"),
        ("void f(void) { g(a, ); }", "void f(void) { g(a  ); }"),
        ("void f(void) { g(a, >=, 2); }", "void f(void) { g(a,0  , 2); }"),
        ("void f(void) { g(10baseT_Full); }", "void f(void) { g(_0baseT_Full); }"),
        ("void f(void) { g(10UL, 0x1fULL, 3); }", "void f(void) { g(10UL, 0x1fULL, 3); }"),
        ('void f(void) { g(KERN_ERR F("a" X(b) "c")); }', 'void f(void) { g(         F(" "      " ")); }'),
        ("void f(void) { x = offsetof(struct a, b.c); }", "void f(void) { x = sizeof(0)" + " " * 14 + "; }"),
        ("void f(void) { each_x(a) g(a); }", "void f(void) { while (a) g(a); }"),
        ("void f(void) { for_each_x() g(a); }", "void f(void) { while(1)     g(a); }"),
        ("void f(void) { for_each_x(a, g); }", "void f(void) { for_each_x(a, g); }"),
        ("void f(void) { x = for_each_x(a) + 1; }", "void f(void) { x = for_each_x(a) + 1; }"),
        ("void f(void) { typeof(*x) y; }", "void f(void) { int        y; }"),
        ("void f(void) { case 1 ... 3: g(); }", "void f(void) { case 1  |  3: g(); }"),
    ],
)
def test_what_a_rule_makes_of_a_text(text: str, becomes: str):
    assert normalised(SourceFile("a.c", text)).text == becomes


def test_what_is_not_for_the_kernel_is_dropped_and_include_guards_hold():
    text = "#ifndef A_H\n#define A_H\n#if 0\nint a;\n#else\nint b;\n#endif\n"
    text += "#ifdef __cplusplus\nint c;\n#endif\n#ifdef X\nint d;\n#endif\n#endif\n"
    read = normalised(SourceFile("a.h", text))
    assert read.text.split() == ["int", "b;", "int", "d;"]
    assert [i.conds for i in read.items] == [(), ("defined(X)",)]


def test_a_comment_that_is_not_closed_is_one_to_the_end():
    assert masked("int a; /* dst_release(d);").strip() == "int a;"


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"int a;\nint \xff;\n", (2, 5), "not UTF-8"),
        (b"int a;\nint b\0;\n", (2, 6), "NUL"),
        (b" " * ((8 << 20) + 1), (1, 1), "MiB"),
    ],
)
def test_bad_bytes_are_said_with_their_place(tmp_path, data, place, words):
    path = tmp_path / "a.c"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words) as e:
        read_c(str(path))
    (found,) = e.value.diagnostics
    assert (found.span.line, found.span.col) == place


def test_a_file_that_is_not_there():
    with pytest.raises(InputError, match="cannot be read"):
        read_c("nowhere/a.c")


@pytest.mark.parametrize(("text", "at"), [
    ("int a; /* one */ int b;\n", -1),
    ("int a;\n", -1),
    ('char *s = "/*";\n', -1),
    ("int a; // /* said\n", -1),
    ("int a; /* one */ /* two\n", 17),
    ("int a; /* one\n/* two\n", 7),
    ("int a; /*/", 7),
])  # fmt: skip
def test_a_comment_without_an_end_is_found_where_it_starts(text: str, at: int):
    assert open_comment(text) == at
