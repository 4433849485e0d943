# SPDX-License-Identifier: GPL-2.0-only
"""A judgement as text, Markdown, HTML, JSON, SARIF, JUnit XML or GitHub annotations: the same facts in each.

Everything that comes from a model or a contract is made harmless for the form that it is put into.
"""

import hashlib
import html
import json
import re
import textwrap
from collections.abc import Callable
from xml.etree import ElementTree as ET

from refcheck.gate import page
from refcheck.gate.breach import Judgement
from refcheck.gate.words import affected, body, change, code, problem, summary, trace, where
from refcheck.render import github, sarif
from refcheck.render.facts import relative
from refcheck.render.markdown import block
from refcheck.render.text import WIDTH, clean
from refcheck.result.record import Finding, Place

SCHEMA = 2
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|~>])")


def render(form: str, j: Judgement, base: str) -> str:
    """A judgement in one of the forms, ending with a newline; paths below `base` are shown relative to it."""
    return _FORMS[form](j, base)


def _text(j: Judgement, base: str) -> str:
    out: list[str] = []
    for b in j.breaches:
        out += textwrap.wrap(f"error[{b.rule}]: {clean(b.subject)}: {clean(b.message)}", WIDTH, subsequent_indent="  ")
        if b.place.file:
            out.append(f"  --> {where(b.place, base)}")
        out += [f"    {line}"[:WIDTH] for line in change(b)]
        for line in trace(b, base):
            out += textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent=" " * 6)
        out += textwrap.wrap(f"affected: {affected(b)}", WIDTH, initial_indent="  ", subsequent_indent=" " * 8)
        out += [*textwrap.wrap(f"help: {clean(b.help)}", WIDTH, initial_indent="  ", subsequent_indent=" " * 8), ""]
    for p in j.passed:
        out += textwrap.wrap(f"note: {clean(p)}", WIDTH, subsequent_indent="      ")
    return "\n".join([*out, summary(j), ""])


def _md(text: str) -> str:
    """Text that Markdown shows as it is."""
    return html.escape(_SPECIAL.sub(r"\\\1", clean(text)), quote=False)


def _markdown(j: Judgement, base: str) -> str:
    out = [f"### refcheck gate: {'passed' if not j.status else 'failed'}", "", _md(summary(j)), ""]
    out += [f"- **error** {_md(' '.join(problem(p)))}" for p in j.errors] + ([""] if j.errors else [])
    if j.breaches:
        out += ["| rule | about | what | affected |", "| --- | --- | --- | --- |"]
        out += [f"| {code(b)} {b.rule} | {_md(b.subject)} | {_md(b.message)} | {_md(affected(b))} |" for b in j.breaches]
        out.append("")
    for b in j.breaches:
        at = f" ({_md(where(b.place, base))})" if b.place.file else ""
        shown = trace(b, base)
        head = html.escape(clean(f"{b.rule}: {b.subject}"))
        out += [f"<details><summary>{head}</summary>", "", f"{_md(b.message)}{at}", ""]
        out += [*block(change(b), "diff"), "", *([*block(shown, "text"), ""] if shown else [])]
        out += [f"help: {_md(b.help)}", "", "</details>", ""]
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
        "passed": not j.status,
        "summary": summary(j),
        "models": list(j.models),
        "verified": j.verified,
        "untouched": j.untouched,
        "accepted": list(j.passed),
        "breaches": [
            {"code": code(b), "rule": b.rule, "subject": b.subject, "message": b.message, "place": _place(b.place, base),
             "base": b.base, "head": b.head, "affected": list(b.affected), "help": b.help, "only_unknown": b.unknown,
             "findings": [_finding(f, base) for f in b.findings]}
            for b in j.breaches
        ],
        "errors": [{"code": p.code, "name": p.name, "message": p.message, "place": _place(p.place, base),
                    "notes": list(p.notes), "help": p.help} for p in j.errors],
    }  # fmt: skip


def _finding(f: Finding, base: str) -> dict[str, object]:
    steps = [{"number": s.number, "place": _place(s.place, base), "kernel_line": s.kernel_line, "event": s.event,
              "changes": [c._asdict() for c in s.changes]} for s in f.steps]  # fmt: skip
    return {"code": f.code, "property": f.property, "reason": f.reason, "subject": f.subject, "title": f.title,
            "place": _place(f.place, base), "steps": steps, "notes": list(f.notes), "help": f.help}  # fmt: skip


def _json(j: Judgement, base: str) -> str:
    return json.dumps(data(j, base), indent=2) + "\n"


def _sarif(j: Judgement, base: str) -> str:
    found: list[dict[str, object]] = []
    for b in j.breaches:
        lines = [clean(f"{b.subject}: {b.message}"), *body(b, base)]
        mark = hashlib.sha256(repr((b.rule, b.subject, b.base, b.head)).encode()).hexdigest()
        found.append({"ruleId": code(b), "level": "error", "message": {"text": "\n".join(lines)},
                      "locations": [sarif.located(b.place, base)] if b.place.file else [],
                      **({"codeFlows": [sarif.code_flow(f, base) for f in b.findings]} if b.findings else {}),
                      "partialFingerprints": {"refcheckGate/v1": mark}})  # fmt: skip
    rules = sarif.rules(found)
    driver = {"name": "refcheck gate", "version": j.refcheck, "semanticVersion": j.refcheck, "rules": rules}
    run = {"tool": {"driver": driver},
           "columnKind": "unicodeCodePoints",
           "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the folder in which refcheck was run"}}},
           "invocations": [{"executionSuccessful": not j.errors, "exitCode": j.status,
                            "toolExecutionNotifications": [
                                {"level": "error", "descriptor": {"id": p.code}, "message": {"text": "\n".join(problem(p))},
                                 **({"locations": [sarif.located(p.place, base)]} if p.place.file else {})}
                                for p in j.errors]}],
           "results": found}  # fmt: skip
    return json.dumps({"$schema": sarif.SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _junit(j: Judgement, base: str) -> str:
    root = ET.Element("testsuites", name="refcheck gate")
    suite = ET.SubElement(root, "testsuite", name="refcheck gate")
    for b in j.breaches:
        case = ET.SubElement(suite, "testcase", name=clean(f"{b.rule}: {b.subject}"), classname="refcheck.gate")
        failure = ET.SubElement(case, "failure", type=code(b), message=clean(b.message))
        at = [where(b.place, base)] if b.place.file else []
        failure.text = "\n".join([*at, *body(b, base)])
    for p in j.errors:
        case = ET.SubElement(suite, "testcase", name=clean(f"{p.name}: {p.place}"), classname="refcheck.gate")
        ET.SubElement(case, "error", type=p.code, message=clean(p.message)).text = "\n".join(problem(p))
    if not j.breaches and not j.errors:
        ET.SubElement(suite, "testcase", name=summary(j), classname="refcheck.gate")
    for element in (suite, root):
        element.set("tests", str(max(1, len(j.breaches) + len(j.errors))))
        element.set("failures", str(len(j.breaches)))
        element.set("errors", str(len(j.errors)))
    ET.indent(root)
    raw: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return raw.decode() + "\n"


def _github(j: Judgement, base: str) -> str:
    out = [
        github.command("error", b.place, f"{b.rule}: {b.subject}", [clean(b.message), *body(b, base)], base)
        for b in j.breaches
    ]
    out += [github.command("error", p.place, p.name, problem(p), base) for p in j.errors]
    passed = [clean(p).replace("##[", "#_[") for p in j.passed]
    return "\n".join([*out, "::group::refcheck gate", *passed, summary(j), "::endgroup::", ""])


_FORMS: dict[str, Callable[[Judgement, str], str]] = {
    "text": _text, "markdown": _markdown, "json": _json, "sarif": _sarif, "junit": _junit, "github": _github,
    "html": page.render,
}  # fmt: skip
