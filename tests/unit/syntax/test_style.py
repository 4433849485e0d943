# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's style: one look for one tree, whatever white space and comments stood between the words."""

import random
import re
from pathlib import Path

import pytest
from command import ROOT

from refcheck.base.diagnostics import InputError
from refcheck.base.source import SourceFile
from refcheck.syntax import tables
from refcheck.syntax.lexemes import lexemes
from refcheck.syntax.parser import parse
from refcheck.syntax.style import same_tree, styled

FILES = sorted(p for place in ("models", "corpus", "specs", "tests") for p in (ROOT / place).rglob("*.rc")) + sorted(
    (ROOT / "specs").rglob("*.spec")
)


def style(text: str, name: str = "m.rc") -> str:
    return styled(SourceFile(name, text))


def comments(text: str) -> list[str]:
    return sorted("".join(c.text.split()) for x in lexemes(text) for c in (*x.before, *x.trail))


def mangled(text: str, seed: int) -> str:
    """The same words with other white space, and with comments in places where nobody would put them."""
    chance, parts = random.Random(seed), []
    gaps = (" ", "\n", "\t\t", "\n\n\n", "  ", " /* c */ ", " // d\n", "\n/* e\n * f */\n")
    for token in re.findall(tables.TOKENS, text):
        if token[0].isspace() and "/" not in token:
            parts.append(chance.choice(gaps) if chance.random() < 0.3 else token)
        else:
            parts += [chance.choice(("\n", " ", "/**/", "//\n")) if chance.random() < 0.02 else "", token]
    return "".join(parts)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_keeps_its_tree_and_comments_whatever_is_between_its_words(path: Path):
    text = path.read_text(encoding="utf-8")
    for seed in range(2):
        given = SourceFile(path.name, mangled(text, seed) if seed else text)
        tree, errors = parse(given)
        if errors:
            continue  # a word that needs another one behind it was torn from it
        once = styled(given)
        again, wrong = parse(SourceFile(path.name, once))
        assert wrong == []
        assert same_tree(tree, again)
        assert comments(given.text) == comments(once)
        assert styled(SourceFile(path.name, once)) == once


def test_most_files_can_be_mangled():
    texts = [(p.name, mangled(p.read_text(encoding="utf-8"), 1)) for p in FILES[::5]]
    assert sum(not parse(SourceFile(name, text))[1] for name, text in texts) > len(texts) // 2


UGLY = """use   "dst.spec" ;
int  f ( dst   d,bool*x ) { int err=0 ;
if(!d){ return -EINVAL;} // none
else   if (err<0)
goto out; @12
switch(err){ case 0: err=-1; break; default: err = - 2; }
do { err = err *2-1; } while(err);
for(;;) { if (*x) break; }
while (err) ;
*x=true; err = *x ? 1:0;
out: use( d ); return err ;
}
void g(dst d) { if (d)
/* why */
dst_release(d); else { use(d); } }
"""
NEAT = """use "dst.spec";
int f(dst d, bool *x)
{
	int err = 0;
	if (!d) {
		return -EINVAL;
	}			// none
	else if (err < 0)
		goto out;	@12
	switch (err) {
	case 0:
		err = -1;
		break;
	default:
		err = -2;
	}
	do {
		err = err * 2 - 1;
	} while (err);
	for (;;) {
		if (*x)
			break;
	}
	while (err)
		;
	*x = true;
	err = *x ? 1 : 0;
out:
	use(d);
	return err;
}

void g(dst d)
{
	if (d)
		/* why */
		dst_release(d);
	else {
		use(d);
	}
}
"""


def test_code_looks_as_in_the_kernel():
    assert style(UGLY) == NEAT


SPEC = """resource box {
slot s:item ; freed  after gp; }
enum kind {A,B};
entry process { }
int get( box b,item *out )
__from( "a.c:get" )
{ // three ways
hit if  b->s is owned|noref:*out=take b->s,return 0;
miss:*out=NULL , return<0 except-EINTR; // none
f: ;
}
void put(box b) {ok:release b;}
role "struct ops.open"
int open(box b) { ok: use b,return any; }
"""
NEAT_SPEC = """resource box {
	slot s: item;
	freed after gp;
}
enum kind { A, B };
entry process { }
int get(box b, item *out)
	__from("a.c:get")
{	// three ways
	hit if b->s is owned | noref: *out = take b->s, return 0;
	miss: *out = NULL, return < 0 except -EINTR;	// none
	f:    ;
}
void put(box b) { ok: release b; }
role "struct ops.open"
int open(box b) { ok: use b, return any; }
"""


def test_contracts_stand_in_columns():
    assert style(SPEC, "s.spec") == NEAT_SPEC


def test_breaks_inside_of_a_statement_are_the_authors():
    text = 'void f(skb)\n{\n\tif (nondet("a") ||\n\t    nondet("b"))\n\t\treturn;\n\tg(skb,\nskb);\n}\n'
    assert style(text) == text.replace("\nskb);", "\n\t  skb);")


def test_what_is_behind_a_line_stays_in_its_column():
    text = "void f(skb)\n{\n\tg();\t\t\t@3\n\tg(); // near\n\tg();\t\t\t/* far */\n\tlong_name(skb, skb);\t@6\n}\n"
    assert style(text) == text.replace("(); //", "();\t//")


def test_a_comment_in_front_of_a_label_keeps_its_side():
    text = "void f(skb)\n{\n\tgoto out;\n\t// of the code\n// of the label\nout:\n\tg();\n}\n"
    assert style(text) == text


def test_a_mark_between_a_head_and_its_brace_stays_what_it_is():
    text = "void f(skb)\n{\n\tif (skb) @3 {\n\t\tg();\n\t}\n}\n"
    assert style(text) == text


def test_line_ends_of_another_system_become_those_of_the_kernel(tmp_path: Path):
    from refcheck.unit.load import read_source

    (tmp_path / "m.rc").write_bytes(b"void f(skb)\r\n{\r\n\tg();\r\n}\r\n")
    assert styled(read_source(tmp_path / "m.rc", "m.rc")) == "void f(skb)\n{\n\tg();\n}\n"


def test_what_is_not_in_the_language_is_left_alone():
    with pytest.raises(InputError):
        style("void f(skb) {")
