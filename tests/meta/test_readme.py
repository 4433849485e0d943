# SPDX-License-Identifier: GPL-2.0-only
"""The README's traces are what the tool prints."""

import re
import subprocess
import sys

from command import ROOT, run


def shown_by(command: str) -> tuple[list[str], str]:
    """The arguments of the command in the README that starts in this way, and what stands below it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"```text\n\$ refcheck ({re.escape(command)}[^\n]*)\n(.*?)\n```", readme, re.DOTALL)
    assert found is not None
    return found.group(1).split(), found.group(2)


def test_the_trace_from_c_is_real(monkeypatch):
    monkeypatch.chdir(ROOT)
    arguments, shown = shown_by("verify -q --tree")
    done = run(*arguments, "--no-store")
    assert (done.out.rstrip("\n"), done.status) == (shown, 1)


def test_the_trace_in_the_readme_is_real(tmp_path):
    """Given geneve.rc without the guard at kernel line 876, then verify prints what the README shows."""
    lines = (ROOT / "models" / "geneve.rc").read_text(encoding="utf-8").split("\n")
    guard = [i for i, line in enumerate(lines) if "@876" in line]
    assert len(guard) == 1
    assert "if (!noref)" in lines[guard[0]]
    del lines[guard[0]]
    (tmp_path / "geneve.rc").write_text("\n".join(lines), encoding="utf-8")
    arguments, shown = shown_by("verify -q -f")
    command = [sys.executable, "-m", "refcheck", *arguments, "--specs", str(ROOT / "specs")]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    )
    assert done.stdout.rstrip("\n") == shown
    assert done.returncode == 1
