# SPDX-License-Identifier: GPL-2.0-only
"""The documentation is checked: every example is verified and must behave as its page says."""

import re
from pathlib import Path

import pytest
from command import ROOT
from examples import BLOCKS, DIAGNOSTICS, DOCS, FENCE, Block, blocks_of, pages

from refcheck.base.diagnostics import CODES, InputError
from refcheck.base.verdicts import Verdict
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare

# Pages about the command line, files and faults of the tool: no model text shows what they mean.
IN_WORDS = {"RC004", "RC005", "RC013", "RC015", "RC016", "RC018", "RC410", "RC901"}
IN_WORDS |= {*(f"RC40{n}" for n in range(1, 10)), *(f"RC50{n}" for n in range(1, 9)), *(f"RC60{n}" for n in range(1, 5))}
MAX_LINES = 45


def example_pages() -> list[Path]:
    """The pages that must have at least one example."""
    return [DOCS / "language.md", DOCS / "semantics.md", DOCS / "limitations.md",
            *(DIAGNOSTICS / f"{code}.md" for code in CODES if code not in IN_WORDS)]  # fmt: skip


@pytest.mark.parametrize("block", BLOCKS, ids=[b.name for b in BLOCKS])
def test_an_example_behaves_as_its_page_says(block: Block, tmp_path: Path):
    model = tmp_path / "example.rc"
    model.write_text(block.text, encoding="utf-8")
    if block.what == "error":
        with pytest.raises(InputError) as caught:
            prepare(model, None, ())
        assert caught.value.diagnostics[0].code.number in block.names, str(caught.value)
        return
    tasks, _ = prepare(model, None, ())
    assert tasks, "the example has no function to verify"
    results = [verify(task.cfg, Limits()) for task in tasks]
    verdicts = [(r.cfg.function, v.property, v.verdict, v.reason) for r in results for v in r.verdicts]
    idle = [u.text for r in results for u in r.unreached]
    if block.what == "proved":
        assert {r.verdict for r in results} == {Verdict.PROVED}, (verdicts, idle)
        return
    refuted = {p for _, p, v, _ in verdicts if v == Verdict.REFUTED}
    assert refuted == (block.names if block.what == "refuted" else set()), (verdicts, idle)
    if block.what == "vacuous":
        assert Verdict.UNKNOWN not in {r.verdict for r in results}, (verdicts, idle)
        assert block.names <= {p for _, p, v, _ in verdicts if v == Verdict.VACUOUS}, (verdicts, idle)


@pytest.mark.parametrize("page", example_pages(), ids=lambda p: p.name)
def test_a_page_that_explains_by_example_has_one(page: Path):
    assert page.is_file(), f"{page.relative_to(ROOT)} is missing"
    assert blocks_of(page), f"{page.relative_to(ROOT)} has no refcheck block"


def test_every_code_has_a_page_and_every_page_a_code():
    assert {p.stem for p in DIAGNOSTICS.glob("*.md")} == set(CODES)


@pytest.mark.parametrize("number", CODES)
def test_a_diagnostic_page_has_its_heading_and_is_short(number: str):
    lines = (DIAGNOSTICS / f"{number}.md").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == [f"# {number} {CODES[number].name}", ""]
    assert lines[2], "the meaning starts on the third line: `refcheck explain` prints from there"
    assert len(lines) < MAX_LINES, f"{len(lines)} lines"


@pytest.mark.parametrize("number", [c for c in CODES if c not in IN_WORDS])
def test_a_diagnostic_page_has_a_bad_and_a_good_example(number: str):
    blocks = blocks_of(DIAGNOSTICS / f"{number}.md")
    code = CODES[number]
    bad = [b for b in blocks if b.what != "proved"]
    assert any(b.what == "proved" for b in blocks), "no good example"
    assert bad, "no bad example"
    assert any(code.number in b.names or code.name in b.names for b in bad), "no bad example shows the code itself"


def test_the_examples_cover_every_property_that_can_be_refuted():
    from refcheck.graph.obligations import NAMES

    shown = {n for b in BLOCKS if b.what == "refuted" for n in b.names}
    assert shown == set(NAMES)


def test_the_glossary_is_in_order_and_points_to_what_is_there():
    rows = re.findall(r"^\| ([^|]+?) \| (.+) \|$", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)[2:]
    words = [word.lower() for word, _ in rows]
    assert words == sorted(words)
    source = "\n".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "refcheck").rglob("*.py")))
    for span in (s for _, text in rows for s in re.findall(r"`([^`]+)`", text)):
        if "/" in span:
            assert (ROOT / span).exists() or (ROOT / "refcheck" / span).exists(), span
        elif re.fullmatch(r"[A-Z]\w+\.\w+", span):
            owner, name = span.split(".")
            body = re.search(rf"^class {owner}\b.*?(?=^\S|\Z)", source, re.MULTILINE | re.DOTALL)
            assert body, span
            assert re.search(rf"^    (?:def )?{name}\b", body[0], re.MULTILINE), span


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", [*pages(), *sorted((DOCS / "adr").glob("*.md"))], ids=lambda p: p.stem)
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in _anchors(there), f"{page.name}: {target}"


@pytest.mark.parametrize("page", sorted((DOCS / "adr").glob("*.md")), ids=lambda p: p.name)
def test_an_adr_says_what_was_decided_and_what_it_costs(page: Path):
    text = " ".join(page.read_text(encoding="utf-8").split())
    heading, _, rest = text.partition("In the context of ")
    assert rest, "an ADR starts with `In the context of ...`"
    assert heading.startswith("# ")
    assert 0 < rest.find("we decided") < rest.find("accepting")
