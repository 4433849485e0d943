# SPDX-License-Identifier: GPL-2.0-only
"""Build hook of hatchling: the engine's innermost modules as C, by mypyc, inside of the wheel only.

Asked for by HATCH_BUILD_HOOK_ENABLE_CUSTOM=1, as `make fast` does.  The modules are named in pyproject.toml;
nothing is written into the source tree, so that whoever works on it runs the source.
"""

import os
import sys
import tempfile
from contextlib import chdir
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from mypyc.build import mypycify
from setuptools import Distribution


class CompiledBuildHook(BuildHookInterface[Any]):
    """Adds the compiled modules to the wheel, beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; `build_data` gets the shared objects and the tag of this platform.  Errors of mypyc end the build."""
        if version == "editable":
            return
        self.place = tempfile.TemporaryDirectory(prefix="refcheck-build-")
        out = Path(self.place.name)
        os.environ.setdefault("CFLAGS", "-g0")
        with chdir(self.root):
            what = [f"--cache-dir={out / 'types'}", *self.config["modules"]]
            modules = mypycify(what, opt_level="2", debug_level="0", target_dir=str(out / "c"))
        built = Distribution({"name": "refcheck", "ext_modules": modules})
        command = built.get_command_obj("build_ext")
        command.build_lib, command.build_temp = str(out / "lib"), str(out / "tmp")
        command.parallel = os.cpu_count()
        command.ensure_finalized()
        with chdir(self.root):
            command.run()
        found = [f for f in (out / "lib").rglob("*") if f.is_file()]
        build_data["force_include"].update({str(f): str(f.relative_to(out / "lib")) for f in found})
        build_data["pure_python"], build_data["infer_tag"] = False, True
        print(f"compiled {len(modules)} modules for {sys.platform}", file=sys.stderr)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """The wheel is written: what was built is not needed any more."""
        if version != "editable":
            self.place.cleanup()
