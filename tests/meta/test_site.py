# SPDX-License-Identifier: GPL-2.0-only
"""The documentation as a site: every page is there and can be found, nothing is loaded from elsewhere; the page of man."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT
from examples import DIAGNOSTICS, DOCS

from refcheck.cli.app import COMMANDS, command


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    words = ["-q", "-W", "--keep-going", "-d", folder / "trees", "-c", ROOT / "tools" / "site", DOCS, folder / "site"]
    done = subprocess.run([sys.executable, "-m", "sphinx", *map(str, words)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "site"


def test_every_page_is_there_and_in_the_contents(site: Path):
    index = (site / "index.html").read_text(encoding="utf-8")
    for page in (*DOCS.glob("*.md"), *DIAGNOSTICS.glob("*.md"), *(DOCS / "adr").glob("*.md")):
        name = page.relative_to(DOCS).with_suffix(".html").as_posix()
        assert (site / name).is_file(), name
        assert name == "index.html" or f'href="{name}"' in index, name


def test_nothing_is_loaded_from_elsewhere(site: Path):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r'<(?:script|link|img)[^>]*?(?:src|href)="(?:https?:)?//[^"]*', text) == [], page.name


def test_an_example_says_what_comes_out_of_it(site: Path):
    text = (site / "tutorial.html").read_text(encoding="utf-8")
    assert [re.sub(r"<[^>]+>|¶|\s+$", "", c) for c in re.findall(r'code-block-caption">(.*?)</div>', text)] == [
        "refuted(bad-pointer)", "proved", "refuted(use-after-consume, release-of-borrowed)", "proved",
    ]  # fmt: skip


def test_the_page_of_man_is_current():
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "manpage.py"), "--check"], check=False)
    assert done.returncode == 0, "run tools/manpage.py"


def test_the_page_of_man_has_every_command_and_option():
    text = (DOCS / "refcheck.1").read_text(encoding="utf-8").replace("\\-", "-")
    for name in COMMANDS:
        assert f"refcheck {name}" in text
        assert [o for o in command(name).options if o.names[-1].startswith("-") and o.names[-1] not in text] == []


def test_man_reads_its_page():
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed: its package has that name")
    done = subprocess.run([groff, "-man", "-ww", "-Tascii", DOCS / "refcheck.1"], capture_output=True, text=True, check=True)
    assert "Prove or refute every function of the models" in done.stdout
    assert done.stderr == ""
