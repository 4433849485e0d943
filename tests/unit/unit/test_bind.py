# SPDX-License-Identifier: GPL-2.0-only
"""What specs say of C: found by whoever reads C, refused where it says two things."""

from pathlib import Path

import pytest

from refcheck.base.diagnostics import InputError
from refcheck.unit.bind import bindings
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import load

GOOD = """resource dst { c "struct dst_entry", "struct rtable"; c "rt_t"; embeds dst; embeds u.dst; shared; }
resource skb { c "struct sk_buff"; slot dst: dst c "_skb_refdst"; slot next: dst; slot peer: dst published c "a.b"; }
resource dev;
extend resource dst { c "struct my_route", "struct rtable"; }
entry xmit { slot skb.dst: empty; }
dst cast(dst from) { ok: return from; }
dst pick(dst a, dst b) { first: return a; second: return b; }
dst used(dst a) { ok: use a, return a; }
role "struct ops.xmit", "struct outer.ops.xmit", "register(fn)"
int xmit(skb skb) __entry(xmit) { sent: consume skb, return 0; }
read "struct dst_entry.dev" dev dst_dev(dst d) { ok: return borrow(d); }
"""


def declared(folder: Path, text: str) -> Declarations:
    (folder / "s.spec").write_text(text)
    return declare(load(folder / "s.spec"))


def test_what_a_spec_says_of_c_is_found_by_type_field_and_place(tmp_path: Path):
    d = declared(tmp_path, GOOD)
    b = bindings(d.resources, d.roles, d.contracts)
    assert b.types == {
        "struct dst_entry": "dst", "struct rtable": "dst", "rt_t": "dst", "struct my_route": "dst", "struct sk_buff": "skb",
    }  # fmt: skip
    assert b.slots == {("skb", "_skb_refdst"): "dst", ("skb", "next"): "next", ("skb", "a.b"): "peer"}
    assert b.members == {"dst": ("dst", "u.dst")}
    assert {place: c.sig.name for place, c in b.roles.items()} == {
        "struct ops.xmit": "xmit", "struct outer.ops.xmit": "xmit", "register(fn)": "xmit",
    }  # fmt: skip
    assert b.roles["register(fn)"].sig.entries == ("xmit",)
    assert {place: c.sig.name for place, c in b.reads.items()} == {"struct dst_entry.dev": "dst_dev"}
    assert b.aliases == {"cast": "from"}
    assert [s.published for s in d.resources["skb"].slots] == [False, False, True]


def test_a_role_is_no_contract_that_a_model_could_call(tmp_path: Path):
    assert "xmit" not in declared(tmp_path, GOOD).contracts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('resource a { c "struct s"; }\nresource b { c "struct s"; }\n', "C type `struct s` is bound twice, first to `a`"),
        ('resource a { c "struct s", "struct s"; }\n', "C type `struct s` is bound twice"),
        ('resource a { c "struct s *"; }\n', "`struct s *` is no C type"),
        ('resource a;\nresource b { slot x: a; slot y: a c "x"; }\n', "C field `b.x` is bound twice, first to `x`"),
        ('resource a;\nresource b { slot x: a c "x->y"; }\n', "`x->y` is no C field"),
        ('role "struct o.f" void f() { ok: ; }\nrole "struct o.f" void g() { ok: ; }\n', "role `struct o.f` is bound twice"),
        ('role "o.f" void f() { ok: ; }\n', "`o.f` is no place in C"),
        ('resource a;\nread "f(g)" a f(a x) { ok: return x; }\n', "`f(g)` is no place in C"),
        ('resource a;\nread "struct s.f" a f() { ok: return NULL; }\n', "what is read from a field depends on its object"),
        ('role "struct o.f" void f() __entry(none) { ok: ; }\n', "there is no entry context `none`"),
        ('role "struct o.f" int f() { ok: ; }\n', "outcome `ok` of `f` returns nothing"),
        ('read "struct s.f" x f(x a) { ok: return a; }\n', "there is no type `x`"),
        ("override void f() { ok: ; }\n", "there is no contract `f` to override"),
        ("void f() { ok: ; }\noverride void f() { ok: ; }\noverride void f() { ok: ; }\n", "`f` is declared twice"),
        ("void f() { ok: ; }\nvoid f() { ok: ; }\n", "`f` is declared twice"),
        ('resource a { c "struct s"; slot x: a2 c "f"; }\nresource a2;\nextend resource a { slot x: a2; }\n',
         "`a` has another slot `x`"),
    ],
)  # fmt: skip
def test_what_says_two_things_is_refused(tmp_path: Path, text: str, message: str):
    with pytest.raises(InputError) as e:
        declared(tmp_path, text)
    assert any(d.message.startswith(message) for d in e.value.diagnostics), [d.message for d in e.value.diagnostics]
    assert all(d.span.line for d in e.value.diagnostics)


@pytest.mark.parametrize("order", [("base", "over"), ("over", "base")])
def test_an_override_is_in_force_whatever_comes_first(tmp_path: Path, order: tuple[str, str]):
    texts = {"base": "void f() { ok: ; }\n", "over": "override int f(int a) { ok: return any; }\n"}
    d = declared(tmp_path, "".join(texts[o] for o in order))
    assert (d.contracts["f"].sig.result.name, d.overridden["f"].sig.result.name) == ("int", "void")


def test_a_file_that_uses_its_own_name_means_the_next_one(tmp_path: Path):
    # Given a spec, and an overlay of the same name in a folder beside it
    specs = tmp_path / "specs"
    (specs / "new").mkdir(parents=True)
    (specs / "t.spec").write_text("void f() { ok: ; }\nvoid g() { ok: ; }\n")
    (specs / "new" / "t.spec").write_text('use "t.spec";\noverride void f() { ok: ; }\n')
    (tmp_path / "m.rc").write_text('use "new/t.spec";\nvoid h()\n{\n\tf();\n\tg();\n}\n')
    for folder in (None, specs):
        d = declare(load(tmp_path / "m.rc", folder))
        assert [d.contracts["f"].span.path, d.contracts["g"].span.path] == [
            str(specs / "new" / "t.spec"), str(specs / "t.spec"),
        ]  # fmt: skip
