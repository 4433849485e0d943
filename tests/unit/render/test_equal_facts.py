# SPDX-License-Identifier: GPL-2.0-only
"""One run, seven renderings, the same facts: each format is read back, as its consumers would, and compared."""

import html
import json
import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from command import ROOT, model, run
from markdown_it import MarkdownIt
from rendered import unescaped
from samples import GOOD, LEAK, PLANTED

from refcheck.base.verdicts import Verdict
from refcheck.render.formats import WHOLE, RenderOptions, render
from refcheck.result import record as r


class Fact(NamedTuple):
    """A finding without white space, which renderings may break lines at."""

    property: str
    place: str
    kernel: str
    title: str
    steps: tuple[tuple[str, ...], ...]
    help: str


TREE = {"include/linux/x.h": """struct dst_entry { int refs; };
struct rtable { struct dst_entry dst; };
struct net; struct flowi4; struct box { struct rtable *rt; };
struct rtable *ip_route_output_key(struct net *net, struct flowi4 *flp);
void ip_rt_put(struct rtable *rt);
void stranger(struct rtable *rt, struct box *b);
"""}
C = """#include <linux/x.h>
int loses(struct net *net, struct flowi4 *fl, int n)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return -ENETUNREACH;
	if (n)
		return -EINVAL;
	ip_rt_put(rt);
	return 0;
}

int hands(struct net *net, struct flowi4 *fl, struct box *b)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return -ENETUNREACH;
	stranger(rt, b);
	return 0;
}

int keeps(struct net *net, struct flowi4 *fl, struct box *b)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return -ENETUNREACH;
	stranger(rt, b);
	ip_rt_put(rt);
	return 0;
}
"""


WORDS = "PROVED|REFUTED|SUSPECT|VACUOUS|UNKNOWN"


class Facts(NamedTuple):
    """What a reader of one rendering knows."""

    verdicts: list[tuple[str, str]]
    findings: list[Fact]


def tight(text: str) -> str:
    """Text without white space and backquotes, which a rendering may turn into code."""
    return re.sub(r"[\s`\u2060]+", "", text)


def words(fragment: str) -> str:
    """What a reader sees of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", fragment))


def steps(rows: list[tuple[object, object, object, str, str]]) -> tuple[tuple[str, ...], ...]:
    """Steps by number, line, kernel line, event and changes."""
    return tuple((str(n), str(at), str(kernel or ""), tight(what), tight(new)) for n, at, kernel, what, new in rows)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> r.Run:
    """Refuted, expected, vacuous and proved functions, some with loops and entry contexts, some repaired."""
    folder = tmp_path_factory.mktemp("equal")
    idle = "void idle() __must_hold(rcu)\n{\n\tgoto end;\n\treturn;\nend:\n\treturn;\n}\n"
    idle = f'use "contexts.spec";\n{idle}'
    texts = {"m.rc": LEAK, "n.rc": GOOD.replace("look", "seek"), "geneve.rc": PLANTED, "idle.rc": idle}
    paths = [model(folder, text, name) for name, text in texts.items()]
    models = [ROOT / "models" / f"{n}.rc" for n in ("bareudp", "tipc", "sctp")]
    for name, text in {**TREE, "net/x.c": C}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    paths += [folder / "net" / "x.c"]
    ran = run("verify", *paths, *models, "--tree", folder, ROOT / "corpus" / "58-sctp-v4-get-dst" / "before.rc",
              "--specs", ROOT / "specs",
              "--format", "json", "--no-store", "--max-states", 2000)  # fmt: skip
    return r.from_data(json.loads(ran.out))


def facts_of_records(run_: r.Run) -> Facts:
    """The facts themselves."""
    return Facts(
        [(x.name, "SUSPECT" if x.suspect else x.verdict) for x in run_.results],
        [
            Fact(f.property, str(f.place), f"{f.kernel.file}:{f.kernel.line}" if f.kernel else "", tight(f.title),
                 steps([(s.number, s.place.line, s.kernel_line, s.event, ",".join(map(str, s.changes))) for s in f.steps]),
                 tight(f.help))
            for x in run_.results for f in x.findings
        ],
    )  # fmt: skip


# -- readers
def read_json(text: str) -> Facts:
    return facts_of_records(r.from_data(json.loads(text)))


def read_trace(text: str) -> Fact:
    """One finding as text: columns by their headings, continued lines joined."""
    head = re.search(r"(?:error|warning)\[(.+?)\]: (.*?)\n  --> (\S+)(?:   \((.+?)\))?\n", text, re.DOTALL)
    assert head
    lines = text[text.index("  step  line") :].split("\n\n", maxsplit=1)[0].split("\n")
    event, changes = lines[0].index("event"), lines[0].index("changes")
    rows: list[list[str]] = []
    for line in lines[1:]:
        left = line[:event].split()
        if left:
            rows.append([*(left if "kernel" in lines[0] and len(left) == 3 else [*left, ""]), "", ""])
        rows[-1][3] += line[event : changes - 2]
        rows[-1][4] += line[changes:]
    title = re.sub(r" \([\w, ]+\)$", "", " ".join(head[2].split()))
    said = re.search(r"^  help: (.*?)(?=\n\S|\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    found = steps([tuple(row) for row in rows])
    return Fact(head[1], head[3], head[4] or "", tight(title), found, help_in(said))


def help_in(said: re.Match[str] | None) -> str:
    return tight(words(said[1])) if said else ""


def traces(text: str) -> list[Fact]:
    parts = re.split(r"(?=^(?:error|warning)\[)", text, flags=re.MULTILINE)
    return [read_trace(part) for part in parts if part.startswith(("error[", "warning["))]


def read_text(text: str) -> Facts:
    verdicts = re.findall(rf"^(\w+(?: \[\w+\])?): ({WORDS})(?: from C)?(?:   |$)", text, re.MULTILINE)
    return Facts(verdicts, traces(text))


def read_junit(text: str) -> Facts:
    verdicts, found = [], []
    for case in ET.fromstring(text).iter("testcase"):
        outs = [e.text or "" for e in case]
        (verdict,) = {m for out in outs for m in re.findall(rf"^({WORDS})\b", out, re.MULTILINE)}
        verdicts.append((case.get("name"), verdict))
        found += [t for out in outs for t in traces(out)]
        for failure in case.iter("failure"):
            assert failure.get("type") in {t.property for t in found} | {"vacuous", "not-as-expected"}
    return Facts(verdicts, found)


def read_github(text: str) -> Facts:
    found = []
    lines = text.splitlines()
    for line in lines:
        command = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        if not command or not command[3].count("%0Astep 1"):
            continue
        fields = {k: unescaped(v) for k, v in (f.split("=", 1) for f in command[2].split(","))}
        title, *rest = unescaped(command[3]).split("\n")
        kernel = re.search(r" \(([^()]*:\d+)\)$", title)
        rows = [re.fullmatch(r"step (\d+), line (\d+)(?: \(kernel line (\d+)\))?: (.*?)(?: \[(.*)\])?", t) for t in rest]
        found.append(Fact(
            fields["title"].split(": ")[0], f"{fields['file']}:{fields['line']}:{fields['col']}",
            kernel[1] if kernel else "",
            tight(title.removesuffix(kernel[0]) if kernel else title),
            steps([(m[1], m[2], m[3], m[4], (m[5] or "").replace("; ", ",")) for m in rows if m]),
            tight(next((t for t in rest if t.startswith("help: ")), "").removeprefix("help: "))))  # fmt: skip
    verdicts = lines[lines.index("::group::refcheck verdicts") + 1 : -1]
    return Facts([(v.rsplit(": ", 1)[0] if v.count(": ") == 1 else v.split(": ")[0],
                   re.search(rf": ({WORDS})", v)[1]) for v in verdicts], found)  # fmt: skip


def read_sarif(text: str) -> Facts:
    (log,) = json.loads(text)["runs"]
    rules = {rule["id"]: rule["name"] for rule in log["tool"]["driver"]["rules"]}
    found = []
    for result in log["results"]:
        if "codeFlows" not in result:
            continue
        at = result["locations"][0]["physicalLocation"]
        rows = []
        for s in result["codeFlows"][0]["threadFlows"][0]["locations"]:
            p = s["properties"]
            changes = ",".join(str(r.Named(**c)) for c in p["changes"])
            line = s["location"]["physicalLocation"]["region"]["startLine"]
            rows.append((p["number"], line, p["kernelLine"], p["event"], changes))
            assert p["event"] in s["location"]["message"]["text"]
        title, _, said = result["message"]["text"].partition("\n")
        kernel = re.search(r" \(kernel: (.*)\)$", title)
        place = f"{at['artifactLocation']['uri'].removeprefix('file://')}:{at['region']['startLine']}:{at['region']['startColumn']}"
        found.append(Fact(rules[result["ruleId"]], place, kernel[1] if kernel else "",
                          tight(title.removesuffix(kernel[0]) if kernel else title), steps(rows),
                          tight(said.removeprefix("help: "))))  # fmt: skip
    names = [(v["function"] + (f" [{v['entry']}]" if v["entry"] else ""), v["verdict"].split(":")[0].split(" ")[0])
             for v in log["properties"]["verdicts"]]  # fmt: skip
    return Facts(names, found)


def cells(row: str) -> list[str]:
    return [words(c.replace("<br>", ",").replace("<br />", ",")) for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]


def read_markdown(text: str) -> Facts:
    shown = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    first, *sections = re.split(r"<h3>", shown)
    tail = sections[-1].split("<summary>what the verdicts rest on")[0] if sections else first
    assert tail
    verdicts = []
    for table in re.findall(r"<table>.*?</table>", first, re.DOTALL):
        rows = [cells(row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]]
        verdicts += [(c[1] if c[2] == "any" else f"{c[1]} [{c[2]}]", re.match(r"[A-Z]+", c[3])[0]) for c in rows if c[1]]
    found = []
    for section in sections:
        rows = [cells(row) for row in re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)[1:]]
        name, (title, at, *_) = words(section.split("</h3>")[0]), re.findall(r"<p>(.*?)</p>", section, re.DOTALL)
        place = re.fullmatch(r"at (\S+)(?: \(kernel: (.*)\))?", words(at))
        said = re.search(r"<strong>help</strong>: (.*?)</p>", section, re.DOTALL)
        found.append(Fact(name.split(" in ")[0], place[1], place[2] or "", tight(words(title)),
                          steps([tuple(row) for row in rows if len(row) == 5]), help_in(said)))  # fmt: skip
    return Facts(verdicts, found)


def read_html(text: str) -> Facts:
    rows = [cells(row) for row in re.findall(r"<tr data-verdict.*?</tr>", text, re.DOTALL)]
    verdicts = [(c[0].strip() + ("" if c[1] == "any" else f" [{c[1]}]"), re.search(r"[A-Z]+", c[2])[0]) for c in rows]
    found = []
    for section in re.findall(r'<section class="finding".*?</section>', text, re.DOTALL):
        kernel = "kernel</th>" in section
        listed = []
        for row in re.findall(r"<tr data-step.*?</tr>", section, re.DOTALL):
            c = cells(row.split("<details>")[0] + "</td>")
            listed.append((c[0], c[1], c[2] if kernel else "", c[-2], c[-1]))
        head = re.search(r"<h3>(.*?)</h3>\n<p>at <code>(.*?)</code>(?:.*?kernel: <code>(.*?)</code>)?.*?</p>", section)
        said = re.search(r"<p>help: (.*?)</p>", section)
        prop, _, title = words(head[1]).partition(" (RC")
        title, told = tight(title.partition("): ")[2]), help_in(said)
        found.append(Fact(prop, words(head[2]), words(head[3] or ""), title, steps(listed), told))
    return Facts(verdicts, found)


READERS = {"text": read_text, "json": read_json, "junit": read_junit, "github": read_github, "sarif": read_sarif,
           "markdown": read_markdown, "html": read_html}  # fmt: skip


def test_every_format_that_carries_a_run_has_a_reader():
    assert set(READERS) == set(WHOLE)


def test_the_run_has_every_kind_of_verdict_but_unknown(mixed: r.Run):
    assert {x.verdict for x in mixed.results} == {Verdict.PROVED, Verdict.REFUTED, Verdict.VACUOUS}
    assert {x.as_expected for x in mixed.results} >= {None, True}
    assert any(f.repair for x in mixed.results for f in x.findings)
    assert any(x.entry for x in mixed.results)
    assert any(not x.acyclic for x in mixed.results)


@pytest.mark.parametrize("form", WHOLE)
def test_a_rendering_has_the_facts_of_the_run(mixed: r.Run, form: str):
    # When a rendering is read back, then verdicts and findings are those of the run, word by word
    got, wanted = READERS[form](render(form, mixed, RenderOptions())), facts_of_records(mixed)
    if form in ("html", "markdown"):  # these show what does not pass first
        got, wanted = (Facts(sorted(x.verdicts), sorted(x.findings)) for x in (got, wanted))
    assert got.verdicts == wanted.verdicts
    for a, b in zip(got.findings, wanted.findings, strict=True):
        assert a == b


def test_the_readers_see_a_difference(mixed: r.Run):
    # Given a run with one event changed, then every reader tells it from the other
    (x, *rest), index = [y for y in mixed.results if y.findings], 2
    f = x.findings[0]
    steps_ = (*f.steps[:index], f.steps[index]._replace(event="something else"), *f.steps[index + 1 :])
    other = mixed._replace(results=(x._replace(findings=(f._replace(steps=steps_), *x.findings[1:])), *rest))
    for form, read in READERS.items():
        assert sorted(read(render(form, other, RenderOptions())).findings) != sorted(facts_of_records(mixed).findings), form


def test_what_nothing_reaches_is_said_in_every_form(mixed: r.Run):
    texts = [u.text for x in mixed.results for u in x.unreached]
    assert texts
    for form in WHOLE:
        text = render(form, mixed, RenderOptions())
        if form in ("json", "sarif"):
            text = json.dumps(json.loads(text), ensure_ascii=False).replace('\\"', '"').replace("<", "&lt;")
        whole = tight(words(text) if form not in ("text", "github") else text)
        assert all(tight(t) in whole.replace("\\", "") for t in texts), form


def test_paths_are_shown_relative_to_the_folder_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = model(tmp_path, LEAK)
    monkeypatch.chdir(tmp_path)
    for form in ("github", "sarif", "html", "markdown", "junit"):
        out = run("verify", path, "--format", form, "--no-store").out
        assert "m.rc" in out
        if form in ("github", "sarif", "html"):
            assert f"{tmp_path}/m.rc" not in out.replace("a" + str(tmp_path), ""), form


def test_every_form_says_of_c_how_certain_it_is_what_it_assumes_and_counts_it_apart(mixed: r.Run):
    # Given a certain finding, a possible one, and a proof that rests on an assumption
    c = [x for x in mixed.results if x.from_c]
    assert [(x.function, x.verdict, x.suspect) for x in c] == [
        ("loses", Verdict.REFUTED, False), ("hands", Verdict.REFUTED, True), ("keeps", Verdict.PROVED, False),
    ]  # fmt: skip
    (assumed,) = c[2].from_c.assumed
    assert (assumed.kind, assumed.place.line) == ("lends", 30)
    for form in WHOLE:
        text = " ".join(words(render(form, mixed, RenderOptions())).replace("\\", "").replace("\n      ", " ").split())
        assert "possible" in text or form == "json", form
        assert "x.c:30" in text or (form == "json" and '"line": 30' in text), form
        if form in ("text", "markdown", "html"):
            assert "from C: 1 PROVED, 1 REFUTED, 1 SUSPECT" in text or "from C: 1 REFUTED, 1 SUSPECT, 1 PROVED" in text, form


def test_the_page_of_c_has_the_function_its_slice_and_the_graph_side_by_side(mixed: r.Run):
    # Given the page, then each finding of C has all lines of its path in the text and in the slice
    page = render("html", mixed, RenderOptions())
    sections = re.findall(r'<section class="finding".*?</section>', page, re.DOTALL)
    mine = [s for s in sections if "panes three" in s]
    assert len(mine) == len(sections) - len([s for s in sections if "panes three" not in s]) == 2
    for section in mine:
        source, sliced = re.findall(r'<div class="source.*?</div>', section, re.DOTALL)
        steps_ = re.findall(r'<tr data-step="\d+" data-line="(\d+)"', section)
        assert set(steps_[1:]) <= set(re.findall(r'<li data-line="(\d+)"', source))
        assert set(steps_[1:]) <= set(re.findall(r'<li data-line="(\d+)"', sliced))
        assert 5 < source.count("<li") < 20
        assert "<svg" in section
