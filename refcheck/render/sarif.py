# SPDX-License-Identifier: GPL-2.0-only
"""A run as SARIF 2.1.0 (OASIS): findings as results with their traces as code flows, for code scanning.

A finding's fingerprint is made of function, entry context, property, reason, variable and the events of its last two
steps, never of line numbers, so that it survives edits elsewhere in the file.  What the model expects is suppressed in
source.  An UNKNOWN is no result about the code: it is a notification of the tool, and the exit code says so too.
"""

import hashlib
import json
from urllib.parse import quote

from refcheck.base.diagnostics import CODES
from refcheck.base.verdicts import Verdict
from refcheck.render.c_words import assumptions
from refcheck.render.facts import finding_lines, kernel_text, reasons, relative, surprises, verdict_text
from refcheck.render.formats import RenderOptions
from refcheck.render.pages import page_text
from refcheck.render.text import clean
from refcheck.result.record import Finding, Place, Record, Run, Step, status

Data = dict[str, object]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"


def render(run: Run, options: RenderOptions) -> str:
    """The log, in ASCII."""
    found: list[Data] = []
    for r in run.results:
        found += [_result(r, f, options.base) for f in r.findings]
        if r.verdict == Verdict.VACUOUS:
            found.append(_whole(r, "RC302", options.base))
        elif surprises(r):
            found.append(_whole(r, "RC401", options.base))
    driver = {"name": "refcheck", "version": run.refcheck, "semanticVersion": run.refcheck, "rules": rules(found)}
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [{
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the folder in which refcheck was run"}}},
        "invocations": [_invocation(run, options.base)],
        "results": found,
        "properties": {"z3": run.z3, "verdicts": [
            {"model": relative(r.model, options.base), "function": r.function, "entry": r.entry, "verdict": verdict_text(r),
             **({"assumes": assumptions(r)} if r.from_c else {})}
            for r in run.results]},
    }]}  # fmt: skip
    return json.dumps(log, indent=2) + "\n"


def rules(found: list[Data]) -> list[Data]:
    """Every code that a result can have, with its page; results name them by index."""
    codes = [c for c in CODES.values() if "RC100" < c.number < "RC900"]
    place = {c.number: i for i, c in enumerate(codes)}
    for result in found:
        result["ruleIndex"] = place[str(result["ruleId"])]
    return [
        {"id": c.number, "name": c.name, "shortDescription": {"text": c.meaning},
         "fullDescription": {"text": f"{c.meaning[0].upper()}{c.meaning[1:]}."},
         "help": {"text": _plain(c.number), "markdown": page(c.number)},
         "defaultConfiguration": {"level": "error"}, "properties": {"tags": ["reference-counting"]}}
        for c in codes
    ]  # fmt: skip


def page(number: str) -> str:
    """The page of a code, without its heading: what `refcheck explain` prints."""
    return page_text(number)


def _plain(number: str) -> str:
    lines = [line for line in page(number).splitlines() if not line.startswith("```")]
    return "\n".join(lines).replace("`", "")


def _artifact(path: str, base: str) -> Data:
    """A file below the base as a relative URI; one outside of it as what it is."""
    shown = relative(path, base)
    uri = quote(shown, errors="surrogatepass")
    return {"uri": f"file://{uri}"} if shown.startswith("/") else {"uri": uri, "uriBaseId": _ROOT}


def _place(at: Place, base: str) -> Data:
    where: Data = {"artifactLocation": _artifact(at.file, base)}
    if at.line:
        start: Data = {"startLine": at.line, "startColumn": at.column}
        where["region"] = {**start, "endLine": at.end_line, "endColumn": at.end_column}
    return where


def located(at: Place, base: str, text: str = "") -> Data:
    """A place, with what is to be said about it."""
    return {"physicalLocation": _place(at, base), **({"message": {"text": clean(text)}} if text else {})}


def _logical(r: Record) -> list[Data]:
    return [{"name": r.function, "fullyQualifiedName": clean(r.name), "kind": "function"}]


def _result(r: Record, f: Finding, base: str) -> Data:
    title = clean(f.title) + (f" (kernel: {kernel_text(f)})" if f.kernel else "")
    lines = finding_lines(f)
    result: Data = {
        "ruleId": f.code,
        "level": "warning" if r.certainty(f) == "possible" else "error",
        "message": {"text": f"{title}\n{clean(f'help: {f.help}')}" if f.help else title},
        "locations": [{**located(f.place, base), "logicalLocations": _logical(r)}],
        "relatedLocations": [{"id": i, **located(m.place, base, m.text)} for i, m in enumerate(f.labels, 1)],
        "codeFlows": [code_flow(f, base)],
        "partialFingerprints": {"refcheckFinding/v1": fingerprint(r, f)},
        "occurrenceCount": max(1, f.occurrences),
        "properties": {"function": r.function, "entry": r.entry, "reason": f.reason, "trace": lines, "help": f.help,
                       "notes": list(f.notes), "verdict": verdict_text(r), **_certainty(r, f)},
    }  # fmt: skip
    if r.as_expected:
        why = "the model expects this refutation"
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": why}]
    if f.repair:
        result["fixes"] = [_fix(r, f, base)]
    return result


def _certainty(r: Record, f: Finding) -> Data:
    """For a finding from C: whether it is certain, and what it assumes."""
    return {"certainty": r.certainty(f), "assumes": assumptions(r)} if r.from_c else {}


def code_flow(f: Finding, base: str) -> Data:
    """The path of a finding, step by step."""
    steps = [_step(s, i, len(f.steps), base) for i, s in enumerate(f.steps, 1)]
    return {"message": {"text": "a shortest path"}, "threadFlows": [{"locations": steps}]}


def _step(s: Step, order: int, count: int, base: str) -> Data:
    changed = "; ".join(map(str, s.changes))
    state = {clean(n): {"text": clean(v)} for n, v in [*s.state.variables, *s.state.slots]}
    state |= {clean(c.name): {"text": str(c.level)} for c in s.state.contexts}
    importance = "essential" if s.changes or order in (1, count) else "important"
    return {
        "location": located(s.place, base, s.event + (f" [{changed}]" if changed else "")),
        "state": state,
        "executionOrder": order,
        "importance": importance,
        "properties": {"number": s.number, "kernelLine": s.kernel_line, "event": s.event,
                       "changes": [{"name": c.name, "value": c.value} for c in s.changes]},
    }  # fmt: skip


def _fix(r: Record, f: Finding, base: str) -> Data:
    changes = [
        {"deletedRegion": {"startLine": e.line, "startColumn": 1, "endLine": e.line + len(e.old), "endColumn": 1},
         "insertedContent": {"text": "".join(f"{line}\n" for line in e.new)}}
        for e in f.repair
    ]  # fmt: skip
    change = {"artifactLocation": _artifact(r.model, base), "replacements": changes}
    return {"description": {"text": clean(f.help)}, "artifactChanges": [change]}


def _whole(r: Record, code: str, base: str) -> Data:
    """A verdict that is a result although no path of the function breaks a property."""
    about = ["vacuous", *(u.text for u in r.unreached)] if code == "RC302" else surprises(r)
    key = "|".join([r.function, r.entry or "", *about])
    return {
        "ruleId": code,
        "level": "error",
        "message": {"text": "\n".join([f"{clean(r.name)}: {verdict_text(r)}", *reasons(r)])},
        "locations": [{**located(r.place, base), "logicalLocations": _logical(r)}],
        "partialFingerprints": {"refcheckFinding/v1": hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()},
        **({"suppressions": [{"kind": "inSource", "status": "accepted"}]} if r.as_expected else {}),
    }


def fingerprint(r: Record, f: Finding) -> str:
    """Names a finding by what it is about, not by where its lines stand; of several alike all but one by their paths."""
    alike = [other for other in r.findings if _about(r, other) == _about(r, f)]
    path = [s.event for s in f.steps] if f in alike[1:] else []
    key = "|".join([*_about(r, f), *path])
    return hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()


def _about(r: Record, f: Finding) -> list[str]:
    return [r.function, r.entry or "", f.property, f.reason, f.subject, *(s.event for s in f.steps[-2:])]


def _invocation(run: Run, base: str) -> Data:
    notes: list[Data] = [
        {"level": "error", "descriptor": {"id": p.code}, "message": {"text": f"{clean(p.message)}\n{clean(p.help)}".strip()},
         **({"locations": [located(p.place, base)]} if p.place.file else {})}
        for p in run.errors
    ]  # fmt: skip
    notes += [
        {"level": "error", "message": {"text": "\n".join([f"{clean(r.name)}: {verdict_text(r)}", *reasons(r)])},
         "locations": [located(r.place, base)]}
        for r in run.results if r.verdict == Verdict.UNKNOWN
    ]  # fmt: skip
    code = 2 if run.errors else status(run.results)
    return {"executionSuccessful": not run.errors, "exitCode": code, "toolExecutionNotifications": notes}
