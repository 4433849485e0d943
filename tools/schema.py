# SPDX-License-Identifier: GPL-2.0-only
"""Writes refcheck/render/run-2.schema.json, the JSON Schema of `refcheck verify --format json`, from result/record.py.

    python tools/schema.py            write it anew
    python tools/schema.py --check    write nothing; status 1 where it is not current

Types, keys and descriptions are those of the named tuples, so that the schema cannot say something else.
"""

import argparse
import inspect
import json
import sys
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from refcheck.base.verdicts import OF_FUNCTIONS, Verdict  # noqa: E402
from refcheck.result import record  # noqa: E402

FILE = ROOT / "refcheck" / "render" / f"run-{record.SCHEMA}.schema.json"
CHOICES = {
    "verdict": OF_FUNCTIONS,
    "PropertyRecord.verdict": tuple(Verdict),
}
PLAIN = {str: "string", Verdict: "string", int: "integer", bool: "boolean"}


def _form(kind: Any, known: dict[str, object]) -> dict[str, object]:
    """The schema of a type; named tuples go to `known` and are referred to."""
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _form(get_args(kind)[0], known)}
    if isinstance(kind, UnionType):
        inner = [_form(k, known) for k in get_args(kind) if k is not NoneType]
        return {"anyOf": [*inner, {"type": "null"}]}
    name = kind.__name__
    if name not in known:
        known[name] = None
        hints = {f: _form(get_type_hints(kind)[f], known) for f in kind._fields}
        for f, form in hints.items():
            choices = CHOICES.get(f"{name}.{f}") or (CHOICES.get(f) if name == "Record" else None)
            if choices:
                form["enum"] = list(choices)
        known[name] = {
            "description": " ".join(inspect.cleandoc(kind.__doc__).split()),
            "type": "object",
            "properties": hints,
            "required": list(kind._fields),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


def schema() -> str:
    """The whole schema as JSON text."""
    known: dict[str, Any] = {}
    _form(record.Run, known)
    run = known.pop("Run")
    run["properties"] = {"schema": {"const": record.SCHEMA}, **run["properties"]}
    run["required"] = ["schema", *run["required"]]
    top = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "a run of refcheck", **run, "$defs": known}
    return json.dumps(top, indent=2) + "\n"


def main() -> int:
    """Write or check the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        return int(not FILE.is_file() or FILE.read_text(encoding="utf-8") != schema())
    FILE.write_text(schema(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
