# SPDX-License-Identifier: GPL-2.0-only
"""Small C files beside this one: what `refcheck slice` prints of them, and that the print is verified as the file is.

`make update` writes the .rc files anew; the difference is to be read.
"""

import json
from pathlib import Path

import pytest
from command import run

HERE = Path(__file__).parent
INPUTS = sorted(p.stem for p in HERE.glob("*.c"))
WITH = ("--spec", "small.spec")


def verdicts(file: str) -> dict[str, tuple[str, list[str]]]:
    """Verdict and broken properties of each function that has one."""
    shown = run("verify", file, *(WITH if file.endswith(".c") else ()), "--no-store", "--possible", "--format", "json")
    assert shown.status in (0, 1, 3), shown.err
    return {
        r["function"]: (r["verdict"].replace("VACUOUS", "PROVED"), sorted({f["property"] for f in r["findings"]}))
        for r in json.loads(shown.out)["results"] if r["verdict"] != "UNKNOWN"
    }  # fmt: skip


@pytest.mark.parametrize("name", INPUTS)
def test_a_slice_is_as_it_was(name: str, golden, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE)
    shown = run("slice", f"{name}.c", *WITH)
    assert (shown.status, shown.err) == (0, "")
    golden(HERE / f"{name}.rc", shown.out)


@pytest.mark.parametrize("name", [n for n in INPUTS if n != "unread"])
def test_a_slice_that_is_printed_is_verified_like_the_file(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE)
    assert verdicts(f"{name}.c") == verdicts(f"{name}.rc")


FOUND = {
    "leaky": ["leaked-ref"], "late": ["bad-pointer", "use-after-release"], "swallow": ["leaked-ref"],
    "kept_open": ["unbalanced-context"], "lost": ["leaked-ref"], "put_twice": ["double-release"],
    "kept_twice": ["release-of-borrowed"],
}  # fmt: skip


@pytest.mark.parametrize("name", INPUTS)
def test_what_is_refuted_is_what_is_wrong(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE)
    for function, (verdict, broken) in verdicts(f"{name}.c").items():
        assert (verdict, broken) == (("REFUTED", FOUND[function]) if function in FOUND else ("PROVED", [])), function


def test_what_is_not_read_has_no_verdict_and_says_where(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE)
    shown = run("verify", "unread.c", *WITH, "--no-store", "-q")
    assert shown.status == 3
    for reason, line in (("inline assembly", 9), ("which no slot stands for", 15), ("the address of `o` is kept", 20)):
        assert reason in " ".join(shown.out.split())
        assert f"at line {line}" in " ".join(shown.out.split())


def test_an_inferred_contract_is_printed_as_a_spec(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE)
    shown = run("slice", "places.c", "-f", "pick", "--contracts", *WITH)
    assert shown.out.splitlines()[:4] == ["obj pick() __must_hold(call) {", "\to1: return NULL;", "\to2: return hold;", "}"]


def test_only_certain_findings_count_unless_asked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE)
    assert run("verify", "places.c", "-f", "swallow", *WITH, "--no-store").status == 0
    assert run("verify", "places.c", "-f", "swallow", *WITH, "--no-store", "--possible").status == 1
    assert run("verify", "jumps.c", "-f", "leaky", *WITH, "--no-store").status == 1
