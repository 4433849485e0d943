# SPDX-License-Identifier: GPL-2.0-only
"""A judgement as text, Markdown, JSON, SARIF, JUnit XML or GitHub annotations: the same facts in each.

Everything that comes from a model or a contract is made harmless for the form that it is put into.
"""

import difflib
import hashlib
import html
import json
import re
import textwrap
from collections.abc import Callable
from xml.etree import ElementTree as ET

from refcheck.base.diagnostics import BY_NAME
from refcheck.gate.breach import Breach, Judgement
from refcheck.render import github, sarif
from refcheck.render.facts import relative
from refcheck.render.text import WIDTH, clean
from refcheck.result.record import Place

SCHEMA = 1
_MOST_LINES, _MOST_NAMES = 24, 12
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|~>])")


def render(form: str, j: Judgement, base: str) -> str:
    """A judgement in one of the forms, ending with a newline; paths below `base` are shown relative to it."""
    return _FORMS[form](j, base)


def change(b: Breach) -> list[str]:
    """What was and what is: as lines of a difference, or in one line each."""
    old, new = b.base.splitlines(), b.head.splitlines()
    if len(old) > 1 or len(new) > 1:
        lines = [x for x in difflib.ndiff(old, new) if x[0] in "+-"]
        more = [f"... {len(lines) - _MOST_LINES} lines more"] if len(lines) > _MOST_LINES else []
        return [clean(x) for x in lines[:_MOST_LINES]] + more
    return [clean(f"- {b.base}"), clean(f"+ {b.head}")] if b.head else [clean(f"- {b.base}")]


def code(b: Breach) -> str:
    """The number of the rule."""
    return BY_NAME[b.rule].number


def summary(j: Judgement) -> str:
    """The whole in one line."""
    what = f"{len(j.breaches)} rules broken" if len(j.breaches) != 1 else "1 rule broken"
    against = f"against {j.base[:12]}" if j.base else "against what the models expect"
    left = f", {j.untouched} models untouched" if j.base else ""
    return f"gate {against}: {what if j.breaches else 'passed'}; {j.verified} verdicts in {len(j.models)} models{left}"


def _affected(b: Breach) -> str:
    more = f" and {len(b.affected) - _MOST_NAMES} more" if len(b.affected) > _MOST_NAMES else ""
    return clean(", ".join(b.affected[:_MOST_NAMES]) + more) or "nothing else in the models"


def _text(j: Judgement, base: str) -> str:
    out: list[str] = []
    for b in j.breaches:
        out += textwrap.wrap(f"error[{b.rule}]: {clean(b.subject)}: {clean(b.message)}", WIDTH, subsequent_indent="  ")
        if b.place.file:
            out.append(f"  --> {clean(str(b.place._replace(file=relative(b.place.file, base))))}")
        out += [f"    {line}"[:WIDTH] for line in change(b)]
        out += textwrap.wrap(f"affected: {_affected(b)}", WIDTH, initial_indent="  ", subsequent_indent=" " * 8)
        out += [*textwrap.wrap(f"help: {clean(b.help)}", WIDTH, initial_indent="  ", subsequent_indent=" " * 8), ""]
    for p in j.passed:
        out += textwrap.wrap(f"note: {clean(p)}", WIDTH, subsequent_indent="      ")
    return "\n".join([*out, summary(j), ""])


def _md(text: str) -> str:
    """Text that Markdown shows as it is."""
    return html.escape(_SPECIAL.sub(r"\\\1", clean(text)), quote=False)


def _markdown(j: Judgement, base: str) -> str:
    out = [f"### refcheck gate: {'passed' if not j.breaches else 'failed'}", "", _md(summary(j)), ""]
    if j.breaches:
        out += ["| rule | about | what | affected |", "| --- | --- | --- | --- |"]
        out += [f"| {code(b)} {b.rule} | {_md(b.subject)} | {_md(b.message)} | {_md(_affected(b))} |" for b in j.breaches]
        out.append("")
    for b in j.breaches:
        where = f" ({_md(str(b.place._replace(file=relative(b.place.file, base))))})" if b.place.file else ""
        lines = change(b)
        fence = "`" * max(3, *(len(run) + 1 for line in lines for run in re.findall("`+", line) or [""]))
        head = html.escape(clean(f"{b.rule}: {b.subject}"))
        out += [f"<details><summary>{head}</summary>", "", f"{_md(b.message)}{where}", ""]
        out += [f"{fence}diff", *lines, fence, "", f"help: {_md(b.help)}", "", "</details>", ""]
    out += [f"- {_md(p)}" for p in j.passed]
    return "\n".join(out).rstrip() + "\n"


def _place(at: Place, base: str) -> dict[str, object]:
    return {**at._asdict(), "file": relative(at.file, base)}


def data(j: Judgement, base: str) -> dict[str, object]:
    """A judgement as data."""
    return {
        "schema": SCHEMA,
        "refcheck": j.refcheck,
        "base": j.base,
        "passed": not j.breaches,
        "summary": summary(j),
        "models": list(j.models),
        "verified": j.verified,
        "untouched": j.untouched,
        "accepted": list(j.passed),
        "breaches": [
            {"code": code(b), "rule": b.rule, "subject": b.subject, "message": b.message, "place": _place(b.place, base),
             "base": b.base, "head": b.head, "affected": list(b.affected), "help": b.help, "only_unknown": b.unknown}
            for b in j.breaches
        ],
    }  # fmt: skip


def _json(j: Judgement, base: str) -> str:
    return json.dumps(data(j, base), indent=2) + "\n"


def _sarif(j: Judgement, base: str) -> str:
    found: list[dict[str, object]] = []
    for b in j.breaches:
        lines = [clean(f"{b.subject}: {b.message}"), *change(b), f"affected: {_affected(b)}", clean(f"help: {b.help}")]
        mark = hashlib.sha256(repr((b.rule, b.subject, b.base, b.head)).encode()).hexdigest()
        found.append({"ruleId": code(b), "level": "error", "message": {"text": "\n".join(lines)},
                      "locations": [sarif.located(b.place, base)] if b.place.file else [],
                      "partialFingerprints": {"refcheckGate/v1": mark}})  # fmt: skip
    rules = sarif.rules(found)
    driver = {"name": "refcheck gate", "version": j.refcheck, "semanticVersion": j.refcheck, "rules": rules}
    run = {"tool": {"driver": driver},
           "columnKind": "unicodeCodePoints",
           "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the folder in which refcheck was run"}}},
           "invocations": [{"executionSuccessful": True, "exitCode": j.status}],
           "results": found}  # fmt: skip
    return json.dumps({"$schema": sarif.SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _junit(j: Judgement, base: str) -> str:
    root = ET.Element("testsuites", name="refcheck gate")
    suite = ET.SubElement(root, "testsuite", name="refcheck gate")
    for b in j.breaches:
        case = ET.SubElement(suite, "testcase", name=clean(f"{b.rule}: {b.subject}"), classname="refcheck.gate")
        failure = ET.SubElement(case, "failure", type=code(b), message=clean(b.message))
        where = [clean(relative(b.place.file, base)) + f":{b.place.line}"] if b.place.file else []
        failure.text = "\n".join([*where, *change(b), f"affected: {_affected(b)}", clean(f"help: {b.help}")])
    if not j.breaches:
        ET.SubElement(suite, "testcase", name=summary(j), classname="refcheck.gate")
    for element in (suite, root):
        element.set("tests", str(max(1, len(j.breaches))))
        element.set("failures", str(len(j.breaches)))
        element.set("errors", "0")
    ET.indent(root)
    raw: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return raw.decode() + "\n"


def _github(j: Judgement, base: str) -> str:
    out = []
    for b in j.breaches:
        lines = [clean(b.message), *change(b), f"affected: {_affected(b)}", clean(f"help: {b.help}")]
        out.append(github.command("error", b.place, f"{b.rule}: {b.subject}", lines, base))
    passed = [clean(p).replace("##[", "#_[") for p in j.passed]
    return "\n".join([*out, "::group::refcheck gate", *passed, summary(j), "::endgroup::", ""])


_FORMS: dict[str, Callable[[Judgement, str], str]] = {
    "text": _text, "markdown": _markdown, "json": _json, "sarif": _sarif, "junit": _junit, "github": _github,
}  # fmt: skip
