# SPDX-License-Identifier: GPL-2.0-only
"""What 0.1.0 proved and is refused now, since C or a contract leaves its meaning open, or has none for it."""

from pathlib import Path

import pytest
from command import model
from rejected import one

REFUSED = {
    "one variable for two out-parameters": (
        "void two(bool *a, bool *b) contract { ok: *a = true, *b = false; };\nvoid f()\n{\n\tbool x;\n\n\ttwo(&x, &x);\n}\n",
        "RC008", "stands for two out-parameters", 6,
    ),
    "two changes of one slot in an outcome": (
        "resource a;\nresource b { slot s: a; }\na f(b p) contract { ok: try_hold p->s, return take p->s; };\n",
        "RC009", "changes `p->s` twice", 3,
    ),
    "an int for an enum": (
        "enum k { A, B };\nvoid g(enum k k) contract { ok: ; };\nvoid f(int i)\n{\n\tg(i);\n}\n",
        "RC008", "`k` is `enum k`, this is `int`", 5,
    ),
    "kfree() as the release of a container": (
        "resource a;\nresource b { slot s: a; }\nvoid kfree(b p) contract { ok: release p; };\n",
        "RC009", "what `p->s` owns would be lost", 3,
    ),
    "slots of what may be anything": (
        "resource a;\nresource b { slot s: a; }\nvoid f(b p __any) contract { ok: drop p->s; };\n",
        "RC009", "nothing is known of `p`", 3,
    ),
    "slots of a result that is an argument": (
        "resource a;\nresource b { slot s: a; }\nb f(b p) contract { ok: return p, result->s = NULL; };\n",
        "RC009", "`result` is no new object in outcome `ok`", 3,
    ),
    "slots of an out-parameter that is an argument": (
        "resource a;\nresource b { slot s: a; }\nvoid f(b p, b *o) contract { ok: *o = p, *o->s = NULL; };\n",
        "RC009", "`o` is no new object in outcome `ok`", 3,
    ),
    "what a lock lends is exchanged by its holder": (
        'use "sock.spec";\ndst sk_dst_xchg(sock sk) contract { some: return hold; none: return NULL; };\n',
        "RC009", "takes out, by its name, what `__sk_dst_get` lends while `socket` is held", 2,
    ),
    "a resource declared anew": (
        'use "skb.spec", "netdev.spec";\nresource skb { slot more: netdev; }\n',
        "RC006", "`skb` is declared twice", 2,
    ),
    "NULL for an out-parameter that is written": (
        "void g(bool *b) contract { ok: *b = true; };\nvoid f()\n{\n\tg(NULL);\n}\n",
        "RC008", "`b` takes no NULL", 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=str)
def test_it_is_refused_where_it_stands(text: str, tmp_path: Path):
    source, code, words, line = REFUSED[text]
    found = one(model(tmp_path, source), code)
    assert words in found["message"]
    assert found["place"]["line"] == line
