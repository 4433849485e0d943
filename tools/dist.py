# SPDX-License-Identifier: GPL-2.0-only
"""Builds what would be published, and uses it as somebody who has nothing but that.

    python tools/dist.py [FOLDER]       FOLDER is `dist` by default

The source distribution, and the wheel out of it, are each installed in an environment of their own for every Python of
PYTHONS that is here, on the path or below pyenv's root, and used far away from this tree: a model is verified and certified
with the contracts that came along, a page explained, a report drawn, a syntax error told.  Ends with 1 where something of
that fails or no Python is here; a Python that is not here is said.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
MODEL = "geneve.rc"
SLIP = "void f() { return }"


def main(folder: Path) -> int:
    """Build, install, use; returns the exit status."""
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    built = sorted(folder.iterdir())
    assert [p.suffix for p in built] == [".whl", ".gz"], built
    for path in built:
        assert any(name.endswith("/LICENSE") for name in names(path)), f"{path.name} has no licence"
    here = {wanted: python for wanted in PYTHONS if (python := found(wanted))}
    for wanted, python in here.items():
        for path in built:
            use(python, path)
            print(f"Python {wanted}, {path.name}: installed and used", flush=True)
    for wanted in PYTHONS:
        if wanted not in here:
            print(f"Python {wanted} is not here (no python{wanted} on the path or below pyenv's root): not tried")
    return 0 if here else 1


def names(path: Path) -> list[str]:
    """The files in a distribution."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as z:
            return z.namelist()
    with tarfile.open(path) as t:
        return t.getnames()


def found(wanted: str) -> Path | None:
    """A Python of this version that starts; pyenv's stand-ins on the path do not for what is not chosen."""
    on_path = shutil.which(f"python{wanted}")
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for python in [*([Path(on_path)] if on_path else []), *versions.glob(f"{wanted}.*/bin/python{wanted}")]:
        said = subprocess.run([python, "-c", "import venv"], capture_output=True, check=False)  # noqa: S603
        if said.returncode == 0:
            return python
    return None


def use(python: Path, distribution: Path) -> None:
    """Install it in an environment of its own, and go through the commands; CalledProcessError where one fails."""
    with tempfile.TemporaryDirectory(prefix="refcheck-dist-") as place:
        there = Path(place)
        run(python, "-m", "venv", "--without-pip", there / "env")
        own = there / "env" / "bin"
        run(sys.executable, "-m", "pip", "--python", own / "python", "install", "--disable-pip-version-check", distribution)
        shutil.copy(ROOT / "models" / MODEL, there)
        (there / "slip.rc").write_text(SLIP, encoding="utf-8")
        tool, alone = own / "refcheck", {"cwd": there, "env": {"PATH": os.defpath, "HOME": str(there)}}
        said = run(tool, "verify", "--certify", "proofs", "--output", "html=pages/", MODEL, **alone)
        assert "geneve_xmit_skb: PROVED" in said, said
        said = run(tool, "certify", "--solver", "z3", "--complete", MODEL, "proofs", **alone)
        assert "5 certificates: 5 confirmed" in said, said
        assert (there / "pages" / "index.html").is_file()
        assert "release-of-borrowed" in run(tool, "explain", "RC102", **alone)
        assert "error[syntax-error]: a `;` is missing here" in run(tool, "verify", "slip.rc", status=2, **alone)


def run(*command: object, status: int = 0, **options: object) -> str:
    """What a command prints, on either stream; ends this program with that where it ends otherwise than it should."""
    words = [str(c) for c in command]
    said = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)  # noqa: S603
    if said.returncode != status:
        sys.exit(f"{' '.join(words)}\nended with {said.returncode}, not {status}:\n{said.stdout}")
    return said.stdout


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()))
