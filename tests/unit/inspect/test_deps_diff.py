# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck deps` and `refcheck diff`: what they say of the models and of small files, and their statuses."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import pytest
from command import ROOT

from refcheck.cli.app import COMMANDS

SPEC = """
resource dst { freed after gp; shared; }
context rcu, bh;
fact gp = rcu | bh;
dst lookup(bool cache, bool *noref) __must_hold(gp if cache) __from("net/a.c:lookup") {
    hit if cache:   *noref = true, return borrow(gp);
    miss if !cache: *noref = false, return hold;
    fail:           *noref = false, return NULL;
}
dst get() __from("net/a.c:get") { ok: return hold; fail: return NULL; }
void put(dst d) __from("net/b.c:<put> & \\\\ more") { ok: release d; }
void send(dst d) __from("net/b.c:send") { ok: consume d; }
void idle() __from("net/b.c:idle") { ok: ; }
"""
OLD = """use "t.spec";
int xmit() {
    dst d = get();
    if (!d)
        return -ENOMEM;
    if (nondet("fails")) {
        put(d);
        return -EINVAL;
    }
    send(d);
    return 0;
}
"""
NEW = """use "t.spec";
int xmit() __must_hold(rcu) {
    bool noref;
    dst d = lookup(nondet("cache"), &noref);
    if (!d)
        return -ENOMEM;
    if (nondet("fails")) {
        if (noref)
            return -EINVAL;
        put(d);
        return -EINVAL;
    }
    if (!noref)
        send(d);
    return 0;
}
"""
BAD = NEW.replace("    if (!noref)\n        send(d);", "    send(d);")


class Run(NamedTuple):
    """What a command printed and its status."""

    status: int
    out: str
    err: str


def refcheck(*args: str | Path, cwd: Path = ROOT) -> Run:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "refcheck", *map(str, args)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)})
    return Run(done.returncode, done.stdout, done.stderr)


def write(folder: Path, text: str, spec: str = SPEC, name: str = "a.rc") -> Path:
    """A model and its spec in a folder; gives the model."""
    folder.mkdir(exist_ok=True)
    (folder / "t.spec").write_text(spec, encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def block(text: str, function: str) -> str:
    """What `diff` says of one function."""
    return next(b for b in text.split("\n\n") if b.startswith(f"{function} ("))


# ---------------------------------------------------------------------------------------------- deps


def test_deps_marks_what_is_proved_in_another_model_and_what_is_trusted():
    run = refcheck("deps", "models/bareudp.rc", "models/udp_tunnel_core.rc")
    assert run.status == 0, run.err
    flat = " ".join(run.out.split())
    assert "udp_tunnel_dst_lookup proved in models/udp_tunnel_core.rc" in flat
    assert "udp_tunnel6_dst_lookup trusted (net/ipv6/ip6_udp_tunnel.c:udp_tunnel6_dst_lookup)" in flat
    assert all(len(line) <= 75 for line in run.out.splitlines())


def test_deps_counts_who_rests_on_a_trusted_contract_directly_and_through_others(tmp_path: Path):
    low = 'use "t.spec"; void low() contract { ok: ; } { dst d = get(); if (d) put(d); }\n'
    model = write(tmp_path, f"{low}void high() {{ low(); }}\nvoid other() {{ low(); high(); }}\n")
    run = refcheck("deps", model, cwd=tmp_path)
    assert re.search(r"high\n    low  proved in a\.rc", run.out)
    assert re.search(r"^ +3 +1  get  \(net/a\.c:get\), t\.spec$", run.out, re.MULTILINE)
    assert "high  inlined from a.rc" in run.out
    assert "3 more in the specs that are used" in run.out


def test_a_body_read_with_another_contract_proves_nothing(tmp_path: Path):
    user = write(tmp_path / "user", OLD)
    body = write(tmp_path / "body", 'use "t.spec"; dst get() { return NULL; }\n',
                 SPEC.replace("ok: return hold; fail: return NULL;", "ok: return NULL;"))  # fmt: skip
    run = refcheck("deps", user, body, cwd=tmp_path)
    flat = " ".join(run.out.split())
    assert "get trusted (net/a.c:get); a body of that name keeps another contract" in flat
    assert "proved in" not in flat


def test_deps_takes_circles_and_draws_them(tmp_path: Path):
    one = 'void one() contract { ok: ; } { if (nondet("again")) two(); }\n'
    two = "void two() contract { ok: ; } { one(); }\n"
    model = write(tmp_path, f'use "t.spec";\n{one}{two}')
    assert "two  proved in a.rc" in refcheck("deps", model, cwd=tmp_path).out
    drawn = refcheck("deps", model, "--format", "svg", cwd=tmp_path)
    assert drawn.status == 0, drawn.err
    assert len(ET.fromstring(drawn.out).findall(".//{*}path")) == 2


def test_the_svg_is_xml_and_names_everything(tmp_path: Path):
    model = write(tmp_path, OLD)
    run = refcheck("deps", model, "--format", "svg", cwd=tmp_path)
    root = ET.fromstring(run.out)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = {t.text for t in root.findall(".//{*}text")}
    assert {"xmit", "get", "put", "send"} <= texts
    titles = [t.text for t in root.findall(".//{*}g/{*}title")]
    assert any("<put> &" in (t or "") for t in titles)
    width, height = (float(root.attrib[a]) for a in ("width", "height"))
    for box in root.findall(".//{*}g/{*}rect"):
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
        assert 0 <= float(box.attrib["y"]) <= height - 16


def test_the_svg_of_all_models_parses():
    ET.fromstring(refcheck("deps", "models", "--format", "svg").out)


def test_dot_has_a_node_for_each_name_and_escapes(tmp_path: Path):
    run = refcheck("deps", write(tmp_path, OLD), "--format", "dot", cwd=tmp_path)
    assert run.out.startswith("digraph deps {")
    assert run.out.count(" -> ") == 3
    assert 'label="xmit"' in run.out
    for line in run.out.splitlines():
        assert len(re.findall(r'(?<!\\)"', re.sub(r"\\\\", "", line))) % 2 == 0, line


def test_deps_reports_bad_input(tmp_path: Path):
    assert refcheck("deps", tmp_path / "none.rc").status == 2
    assert refcheck("deps", tmp_path).status == 2
    assert refcheck("deps").status == 2


def test_networkx_is_imported_by_deps_alone():
    code = "import sys, refcheck.cli, refcheck.inspect.commands, refcheck.inspect.deps; sys.exit('networkx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# ---------------------------------------------------------------------------------------------- diff


@pytest.fixture(scope="module")
def series() -> Run:
    return refcheck("diff", "models/before", "models")


def test_the_series_made_bareudp_worse(series: Run):
    assert series.status == 1, series.err
    worse = " ".join(series.out.rsplit("got worse:", 1)[1].split())
    assert "bareudp_xmit_skb" in worse
    assert "geneve" not in worse
    said = block(series.out, "bareudp_xmit_skb")
    assert "PROVED -> REFUTED(release-of-borrowed)" in said
    assert "= released by dst_release()\n" in said


def test_the_series_made_geneve_borrow(series: Run):
    said = block(series.out, "geneve_xmit_skb")
    assert "PROVED, as before" in said
    assert "- held\n" in said
    assert "+ borrowed until gp if noref, held if !noref" in said
    assert "- released by dst_release(), at 4 places" in said
    assert "+ released by dst_release() if !noref, at 4 places" in said
    assert "+ gp if use_cache for udp_tunnel_dst_lookup()" in said
    assert "~ udp_tunnel_dst_lookup" in said


def test_the_report_fits_a_mail_and_ends_with_a_summary(series: Run):
    lines = series.out.splitlines()
    assert all(len(line) <= 75 for line in lines)
    assert re.fullmatch(r"\d+ functions: \d+ changed, \d+ got worse, \d+ better; \d+ added, \d+ removed", lines[-1])
    assert "before/" not in series.out


def test_two_files_are_compared_by_function(tmp_path: Path):
    old, new = write(tmp_path / "old", OLD), write(tmp_path / "new", NEW, name="b.rc")
    run = refcheck("diff", old, new)
    assert run.status == 0, run.err
    said = block(run.out, "xmit")
    assert "d from get() -> lookup()" in said
    assert "+ must hold rcu" in said
    assert "- released by put()" in said
    assert "+ released by put() if !noref" in said, "the flag is known from the branch that returned before"
    assert run.out.endswith("\n1 function: 1 changed, 0 got worse, 0 better; 0 added, 0 removed\n")


def test_worse_and_better_are_told_apart(tmp_path: Path):
    good, bad = write(tmp_path / "good", NEW), write(tmp_path / "bad", BAD)
    worse, better = refcheck("diff", good, bad), refcheck("diff", bad, good)
    assert (worse.status, better.status) == (1, 0)
    assert "PROVED -> REFUTED(release-of-borrowed)  (WORSE)" in worse.out
    assert "+ consumed by send()" in worse.out
    assert "(better)" in better.out


def test_another_property_that_breaks_is_worse(tmp_path: Path):
    leak = NEW.replace("        put(d);\n", "").replace("return 0", "return 0")
    both = BAD.replace("        put(d);\n", "")
    run = refcheck("diff", write(tmp_path / "old", leak), write(tmp_path / "new", both))
    assert run.status == 1
    assert "REFUTED(leaked-ref) -> REFUTED(leaked-ref, release-of-borrowed)" in " ".join(run.out.split())


def test_a_harmless_edit_is_no_change(tmp_path: Path):
    edited = "// a comment\n" + NEW.replace('nondet("fails")', 'nondet("fails otherwise")').replace("    ", "\t")
    moved = SPEC.replace("net/a.c", "net/c.c").replace("resource dst", "\n\nresource dst")
    run = refcheck("diff", write(tmp_path / "old", NEW), write(tmp_path / "new", edited, moved))
    assert (run.status, run.out) == (0, "1 function: 0 changed, 0 got worse, 0 better; 0 added, 0 removed\n")


def test_a_contract_that_reads_differently_is_named(tmp_path: Path):
    spec = SPEC.replace("void send(dst d)", "void send(dst d) __must_hold(bh)")
    run = refcheck("diff", write(tmp_path / "old", OLD), write(tmp_path / "new", OLD, spec))
    assert run.status == 1
    assert "+ bh for send()" in run.out
    assert "contracts ~ send" in run.out
    assert "PROVED -> REFUTED(missing-context)" in run.out


def test_added_and_removed_functions_are_listed(tmp_path: Path):
    more = OLD + "void extra() { idle(); }\n"
    old, new = write(tmp_path / "old", OLD), write(tmp_path / "new", more)
    assert "added in " in refcheck("diff", old, new).out
    run = refcheck("diff", tmp_path / "new", tmp_path / "old")
    assert "removed in a.rc\n  extra PROVED" in run.out
    assert run.status == 0


def test_json_has_the_same_facts(tmp_path: Path):
    run = refcheck("diff", write(tmp_path / "old", NEW), write(tmp_path / "new", BAD), "--format", "json")
    data = json.loads(run.out)
    assert (run.status, data["worse"], data["compared"]) == (1, ["xmit"], 1)
    [change] = data["functions"]
    assert change["verdicts"] == [
        {"entry": None, "old": "PROVED", "new": "REFUTED(release-of-borrowed)", "worse": True, "better": False}
    ]
    [d] = change["objects"]
    assert d["name"] == "d"
    assert "consumed by send() if !noref" in d["ends"]["old"]
    assert "consumed by send()" in d["ends"]["new"]


BAD_SIDES = [("none.rc", "a.rc"), ("a.rc", "."), ("a.rc", "t.spec/x"), (".", "empty"), ("bad.rc", "a.rc")]


@pytest.mark.parametrize("sides", BAD_SIDES)
def test_diff_reports_bad_input(tmp_path: Path, sides: tuple[str, str]):
    write(tmp_path, OLD)
    write(tmp_path, "int f( {", name="bad.rc")
    (tmp_path / "empty").mkdir()
    run = refcheck("diff", *sides, cwd=tmp_path)
    assert run.status == 2, run.out
    assert run.err.startswith("error[")


# ---------------------------------------------------------------------------------------------- the page


EXAMPLES = re.findall(r"^```\n\$ refcheck (.+)\n((?:.*\n)*?)```$", (ROOT / "docs" / "commands.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=[c for c, _ in EXAMPLES])
def test_the_page_shows_what_a_command_prints(command: str, shown: str):
    if command.startswith("certify"):
        refcheck(*EXAMPLES[[c for c, _ in EXAMPLES].index(command) - 1][0].split())
    out = refcheck(*command.split()).out
    for part in shown.split("...\n"):
        assert part.strip("\n") in out


def test_the_page_has_every_command_and_option():
    page = (ROOT / "docs" / "commands.md").read_text()
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == list(
        dict.fromkeys(name.split()[0] for name in COMMANDS)
    )
    for name in COMMANDS:
        for option in re.findall(r"--[a-z][a-z0-9-]+", refcheck(*name.split(), "--help").out):
            assert option == "--help" or option in page, f"{name} {option}"
