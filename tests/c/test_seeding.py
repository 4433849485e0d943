# SPDX-License-Identifier: GPL-2.0-only
"""tools/seeding.py finds the slips that a file can have, and makes them; tools/seeds.py says what becomes of one."""

from c_corpus import FOLDER, folders
from seeding import KINDS, Site, broken, effects, sites
from seeds import Finding, Verified, judged, table

from refcheck.base.source import SourceFile

TEXT = """
int skerry(struct skerry *s, struct sock *sk)
{
	struct dst_entry *dst;
	int err = 0;

	guard(rcu)();
	local_bh_disable();
	dst = sk_dst_get(sk);
	if (!dst)
		goto out;
	dst_hold(dst);
	if (use(dst,
		0)) {
		err = 1;
		goto err_dst;
	}
	note(s);
	dst_release(s->dst);
	s->dst = NULL;
	if (err) {
		dst_release(dst);
		return err;
	}
err_dst:
	dst_release(dst);
out:
	local_bh_enable();
	return err;
}

int nothing(int a)
{
	if (a)
		goto out;
	a = 1;
out:
	return a;
}
"""
SOURCE = SourceFile("skerry.c", TEXT)


def made() -> list[Site]:
    return sites(SOURCE, effects())


def test_each_kind_is_found_where_it_is():
    found = [(s.kind, s.line, s.about) for s in made() if s.kind != "order"]
    assert sorted(found, key=lambda f: (f[1], f[0])) == [
        ("guard", 7, "rcu"), ("lock", 8, "local_bh_disable"), ("goto", 11, "out"), ("hold", 12, "dst_hold"),
        ("goto", 16, "err_dst"), ("rung", 16, "err_dst for out"), ("put", 19, "dst_release"), ("null", 20, "s->dst"),
        ("put", 22, "dst_release"), ("return", 23, "return"), ("put", 26, "dst_release"), ("unlock", 28, "local_bh_enable"),
    ]  # fmt: skip


def test_a_function_without_contracts_has_none():
    assert {s.function for s in made()} == {"skerry"}


def test_a_slip_changes_its_line_and_moves_none():
    for site in made():
        text = broken(SOURCE, site)
        differ = [n for n, (a, b) in enumerate(zip(TEXT.split("\n"), text.split("\n"), strict=True), 1) if a != b]
        assert site.line in differ
        assert len(differ) == (2 if site.kind == "order" else 1)


def test_an_order_is_the_two_statements_the_other_way_round():
    (order,) = [s for s in made() if s.kind == "order"]
    assert broken(SOURCE, order).split("\n")[17:19] == ["\tdst_release(s->dst);", "\tnote(s);"]


def test_the_corpus_can_be_broken_in_most_ways():
    known = effects()
    texts = [FOLDER / f / "after.c" for f in folders()]
    found = [s for p in texts for s in sites(SourceFile(p.name, p.read_text(encoding="utf-8")), known)]
    assert len(found) > 100
    assert {s.kind for s in found} == set(KINDS)


def test_what_becomes_of_a_slip():
    site = made()[0]
    proved = Verified({"skerry": "PROVED"}, {"skerry": ()}, frozenset())
    sure = Finding("skerry", "leaked-ref", 12, "dst", "certain")
    refuted = Verified({"skerry": "REFUTED"}, {"skerry": ()}, frozenset({sure}))
    maybe = Verified({"skerry": "REFUTED"}, {"skerry": ()}, frozenset({sure._replace(certainty="possible")}))
    unclear = Verified({"skerry": "PROVED"}, {"skerry": ()}, frozenset({sure._replace(property="ambiguous-contract")}))
    assert judged(site, proved, refuted)[0] == "found"
    assert judged(site, proved, maybe)[0] == "possible"
    assert judged(site, proved, unclear)[0] == "ambiguous"
    assert judged(site, proved, proved) == ("missed", "PROVED")
    assert judged(site, refuted, refuted)[0] == "masked"
    assert judged(site, proved, proved._replace(rests={"skerry": ("kfree",)}))[0] == "changed"
    assert judged(site, proved, Verified({}, {}, frozenset()))[0] == "undecided"
    assert judged(site, proved, Verified({}, {}, frozenset(), "status 70")) == ("undecided", "status 70")
    assert judged(site, Verified({}, {}, frozenset()), refuted)[0] == "undecided"


def test_the_table_counts_each_slip_once():
    row = {"file": "a.c", "function": "f", "line": 3, "kind": "put", "about": "x", "outcome": "missed", "why": "PROVED"}
    text = table({"seed": 7, "count": 2, "of": 9, "rows": [row, row | {"outcome": "found"}]})
    assert "| all | 2 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |" in text
    assert "| a.c:3 f | put: x | missed | PROVED |" in text
