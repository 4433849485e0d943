# SPDX-License-Identifier: GPL-2.0-only
"""The limit of time holds for the lemmas of a proof as well: what is not confirmed in it is UNKNOWN."""

import time

import pytest

from refcheck.base.limits import Limits
from refcheck.base.verdicts import Verdict
from refcheck.prove import prove

TEXT = 'int f(int n, int m)\n{\n\tif (n < m) {\n\t\tif (m < n)\n\t\t\tunreachable("both");\n\t}\n\treturn 0;\n}\n'
HARD = "".join(f"(declare-const x{i} Int)" for i in range(40)) + "".join(
    f"(assert (= (* x{i} x{(7 * i + 3) % 40} x{(3 * i + 1) % 40}) (+ {37 * i + 11} (* x{(i + 5) % 40} x{(i + 9) % 40}))))"
    for i in range(40)
)


def _late(_script: str) -> bool:
    raise prove._LateError


def test_lemmas_that_are_late_prove_nothing(check, monkeypatch: pytest.MonkeyPatch):
    # Given a function whose proof rests on lemmas
    (good,) = [c.result for c in check(TEXT).checked]
    assert good.certificate is not None
    assert good.certificate.refinement is not None
    # When they are not confirmed in time, then nothing is known
    monkeypatch.setattr(prove, "_asker", lambda *_: _late)
    result = prove.verify(good.cfg, Limits(timeout=60.0))
    assert {(v.verdict, v.reason) for v in result.verdicts} == {
        (Verdict.UNKNOWN, "the lemmas were not all confirmed within 60 s (--timeout)")
    }
    assert (result.certificate, result.traces) == (None, ())


def test_a_lemma_has_the_time_that_is_left():
    with pytest.raises(prove._LateError):
        prove._asker(Limits(timeout=1.0), time.perf_counter() - 5)(HARD)
    assert prove._asker(Limits(timeout=60.0), time.perf_counter())("(assert false)")
    assert not prove._asker(Limits(timeout=60.0), time.perf_counter())("(assert true)")
