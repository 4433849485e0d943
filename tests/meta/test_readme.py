# SPDX-License-Identifier: GPL-2.0-only
"""The README's trace is what the tool prints."""

import re
import subprocess
import sys

from command import ROOT


def test_the_trace_in_the_readme_is_real(tmp_path):
    """Given geneve.rc without the guard at kernel line 876, then verify prints what the README shows."""
    lines = (ROOT / "models" / "geneve.rc").read_text(encoding="utf-8").split("\n")
    guard = [i for i, line in enumerate(lines) if "@876" in line]
    assert len(guard) == 1
    assert "if (!noref)" in lines[guard[0]]
    del lines[guard[0]]
    (tmp_path / "geneve.rc").write_text("\n".join(lines), encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"```text\n\$ refcheck ([^\n]*)\n(.*?)\n```", readme, re.DOTALL)
    assert shown is not None
    command = [sys.executable, "-m", "refcheck", *shown.group(1).split(), "--specs", str(ROOT / "specs")]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    )
    assert run.stdout.rstrip("\n") == shown.group(2)
    assert run.returncode == 1
