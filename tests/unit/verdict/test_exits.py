# SPDX-License-Identifier: GPL-2.0-only
"""What an exit reports: every property that it breaks, each once, and each object that leaks there."""

import pytest

NODE = """context lock;
resource node;
node node_get() contract { ok: return hold; };
void node_put(node n) contract { ok: release n; };
void obj_lock() contract { ok: enter lock; };
void obj_unlock() contract { ok: leave lock; };
"""
RIGHT = '\tobj_lock();\n\tif (nondet("error"))\n\t\tERROR;\n\tnode_put(n);\n\tobj_unlock();\n\treturn 0;\n}\n'
KEEPS = "int f(node n) contract { ok: release n, return 0; fail: release n, return < 0; }\n{\n"


def broken(check, text: str) -> list[tuple[str, str]]:
    """(property, resource or context) of each finding, in order of the names."""
    (checked,) = check(NODE + text).checked
    return sorted((t.violation.property, t.violation.detail) for t in checked.result.traces)


@pytest.mark.parametrize(
    ("error", "found"),
    [
        ("{ obj_unlock(); node_put(n); return -EINVAL; }", []),
        ("{ obj_unlock(); return -EINVAL; }", [("leaked-ref", "node")]),
        ("{ node_put(n); return -EINVAL; }", [("unbalanced-context", "lock")]),
        ("return -EINVAL", [("leaked-ref", "node"), ("unbalanced-context", "lock")]),
        ("return 1", [("broken-contract", ""), ("leaked-ref", "node"), ("unbalanced-context", "lock")]),
        ("{ obj_unlock(); node_put(n); return 1; }", [("broken-contract", "")]),
    ],
)
def test_one_broken_property_hides_no_other(check, error: str, found: list[tuple[str, str]]):
    assert broken(check, KEEPS + RIGHT.replace("ERROR", error)) == found


def test_each_object_that_leaks_is_a_finding(check):
    text = """void f()
{
	node a = node_get();
	node b = node_get();

	if (nondet("error"))
		return;
	node_put(a);
	node_put(b);
}
"""
    assert broken(check, text) == [("leaked-ref", "node"), ("leaked-ref", "node")]


def test_what_one_outcome_explains_is_no_leak(check):
    # Given two objects of which some outcome leaves each, and none leaves both: only that they are held together is wrong
    text = "int f(node a, node b) contract { one: release a, return 0; two: release b, return 0; }\n{\n\treturn 0;\n}\n"
    (checked,) = check(NODE + text).checked
    assert [t.violation.property for t in checked.result.traces] == ["leaked-ref"]


def test_null_in_place_of_a_reference_is_a_wrong_result_only(check):
    text = "node f() contract { ok: return hold; }\n{\n\treturn NULL;\n}\n"
    assert broken(check, text) == [("broken-contract", "")]


def test_a_borrow_in_place_of_a_reference_beside_a_leak(check):
    text = "node look(node n) contract { ok: return borrow(n); };\nnode f(node n) contract { ok: return hold; }\n"
    text += "{\n\tnode a = node_get();\n\tuse(a);\n\treturn look(n);\n}\n"
    assert broken(check, text) == [("leaked-ref", "node"), ("noref-escape", "")]
