# SPDX-License-Identifier: GPL-2.0-only
"""What is ready to use: the hooks, the action and the GitLab template, as far as they can be run without their services."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT
from repository import LEAKS, commit, git
from ruamel.yaml import YAML

MODEL = """use "route.spec";

int f()
{
	dst rt = ip_route_output_key();

	if (!IS_ERR(rt))
		dst_release(rt);
	return 0;
}
"""
ACTION = ROOT / "action.yml"
TEMPLATE = ROOT / "templates" / "refcheck.gitlab-ci.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def yaml(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with one commit and a `refcheck` on its path."""
    place = tmp_path / "repo"
    (place / "models").mkdir(parents=True)
    (place / "models" / "m.rc").write_text(MODEL, encoding="utf-8")
    git(place, "init", "-q")
    commit(place, "one")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "refcheck"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m refcheck "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return place


def shell(place: Path, script: str, **env: str) -> subprocess.CompletedProcess:
    """A script as a runner starts it."""
    path = f"{place.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [shutil.which("bash"), "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    env = {**os.environ, "PATH": path, **env}
    return subprocess.run(command, cwd=place, text=True, capture_output=True, check=False, env=env)


def leak(place: Path) -> None:
    path = place / "models" / "m.rc"
    path.write_text(MODEL.replace("\tif (!IS_ERR(rt))\n\t\tdst_release(rt);\n", ""), encoding="utf-8")


@pytest.mark.parametrize(
    ("schema", "path"), [("vendor.github-actions", ACTION), ("vendor.gitlab-ci", TEMPLATE)], ids=["action", "gitlab"]
)
def test_the_files_are_what_their_services_read(schema: str, path: Path):
    ran = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)],
                         capture_output=True, text=True, check=False)  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_examples_of_the_page_are_what_their_services_read(tmp_path: Path):
    text = (ROOT / "docs" / "adopting.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in text.split("```yaml\n")[1:]]
    assert len(blocks) == 3
    for schema, block in zip(("vendor.github-workflows", "vendor.gitlab-ci"), blocks[1:], strict=True):
        path = tmp_path / f"{schema}.yml"
        path.write_text(block, encoding="utf-8")
        ran = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)],
                             capture_output=True, text=True, check=False)  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
    used = {h["id"] for h in YAML(typ="safe").load(blocks[0])["repos"][0]["hooks"]}
    assert used == {h["id"] for h in yaml(HOOKS)}


def action(place: Path, **env: str) -> tuple[subprocess.CompletedProcess, Path]:
    """The last step of the action, with the variables of a runner."""
    [step] = [s for s in yaml(ACTION)["runs"]["steps"] if s.get("id") == "gate"]
    runner = place.parent / "runner"
    runner.mkdir(exist_ok=True)
    given = {"RUNNER_TEMP": runner, "GITHUB_OUTPUT": runner / "output", "GITHUB_STEP_SUMMARY": runner / "summary",
             "REFCHECK_PATHS": "models", "REFCHECK_TIMEOUT": "60", "REFCHECK_BASE": ""}  # fmt: skip
    return shell(place, step["run"], **({k: str(v) for k, v in given.items()} | env)), runner


def test_the_action_passes_and_refuses(repo: Path):
    ran, runner = action(repo, REFCHECK_BASE="HEAD")
    assert ran.returncode == 0, ran.stderr
    assert "status=0" in (runner / "output").read_text(encoding="utf-8")
    leak(repo)
    ran, runner = action(repo, REFCHECK_BASE="HEAD")
    assert ran.returncode == 1
    assert ran.stdout.startswith("::error file=models/m.rc,line=")
    assert "status=1" in (runner / "output").read_text(encoding="utf-8")
    assert "### refcheck gate: failed" in (runner / "summary").read_text(encoding="utf-8")
    report = runner / "refcheck"
    assert json.loads((report / "gate.json").read_text(encoding="utf-8"))["breaches"][0]["rule"] == "worse-verdict"
    assert {p.name for p in report.iterdir()} == {"gate.md", "gate.html", "gate.json", "gate.sarif", "gate.xml"}


def test_the_action_without_a_base_and_with_a_first_push(repo: Path):
    leak(repo)
    for base in ("", "0" * 40):
        ran, _ = action(repo, REFCHECK_BASE=base)
        assert ran.returncode == 1
        assert "unexpected-verdict" in ran.stdout
    ran, _ = action(repo, REFCHECK_BASE="nowhere")
    assert ran.returncode == 2
    assert "there is no revision `nowhere`" in ran.stderr


def test_no_input_of_the_action_is_run_as_a_command(repo: Path):
    ran, runner = action(repo, REFCHECK_PATHS="models $(touch hacked)", REFCHECK_BASE="HEAD; touch hacked")
    assert ran.returncode == 2
    assert not list(repo.parent.rglob("hacked"))
    assert runner.is_dir()
    steps = yaml(ACTION)["runs"]["steps"]
    assert not [s for s in steps if "${{" in s.get("run", "")], "inputs reach a script through its environment only"


def test_the_template_passes_and_refuses(repo: Path):
    [script] = yaml(TEMPLATE)["refcheck-gate"]["script"]
    given = {"REFCHECK_PATHS": "models", "REFCHECK_TIMEOUT": "60"}
    base = git(repo, "rev-parse", "HEAD")
    assert shell(repo, script, **given, CI_MERGE_REQUEST_DIFF_BASE_SHA=base).returncode == 0
    leak(repo)
    push = "CI_COMMIT_BEFORE_SHA"
    for more in ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}, {push: base}, {push: "0" * 40}, {}):
        ran = shell(repo, script, **given, **more)
        assert ran.returncode == 1, ran.stderr
        assert ("worse-verdict" if base in more.values() else "unexpected-verdict") in ran.stdout
    for name in yaml(TEMPLATE)["refcheck-gate"]["artifacts"]["paths"]:
        assert (repo / name).is_file()
    assert (repo / yaml(TEMPLATE)["refcheck-gate"]["artifacts"]["reports"]["junit"]).is_file()


@pytest.mark.parametrize("number", [0, 1])
def test_the_hooks_refuse_what_is_wrong(repo: Path, number: int):
    hook = yaml(HOOKS)[number]
    files = " models/m.rc" if hook.get("pass_filenames", True) else ""
    assert shell(repo, hook["entry"] + files).returncode == 0
    leak(repo)
    assert shell(repo, hook["entry"] + files).returncode == 1
    (repo / "models" / "m.rc").write_text(LEAKS.replace('"b.spec"', '"dst.spec"'), encoding="utf-8")
    assert shell(repo, hook["entry"] + files).returncode == 2


def test_the_hook_of_style_writes_what_a_commit_changes(repo: Path):
    hook = yaml(HOOKS)[2]
    assert (hook["id"], hook["files"]) == ("refcheck-fmt", r"\.(rc|spec)$")
    path = repo / "models" / "m.rc"
    assert shell(repo, f"{hook['entry']} models/m.rc").returncode == 0
    neat = path.read_text(encoding="utf-8")
    path.write_text(neat.replace("\t", "  "), encoding="utf-8")
    assert shell(repo, f"{hook['entry']} models/m.rc").returncode == 0
    assert path.read_text(encoding="utf-8") == neat


def test_the_gate_looks_at_commits_that_only_delete(repo: Path):
    hook = yaml(HOOKS)[1]
    assert (hook["id"], hook["always_run"], hook["pass_filenames"]) == ("refcheck-gate", True, False)
    assert "files" not in hook, "what a commit deletes matches no pattern"
    (repo / "models" / "m.rc").unlink()
    assert shell(repo, hook["entry"]).returncode == 1
