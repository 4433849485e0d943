"""Results as data: the JSON report (schema version 1, docs/json.md)."""

from refcheck.diagnostics import Diagnostic
from refcheck.report.explain import Finding, findings
from refcheck.run import Checked
from refcheck.source import Span

SCHEMA = 1


def place(span: Span) -> dict[str, object]:
    """A span as data."""
    return {"file": span.path, "line": span.line, "column": span.col, "end_line": span.end_line, "end_column": span.end_col}


def finding_data(f: Finding, kernel_file: str) -> dict[str, object]:
    """A finding as data: the same facts as in every other rendering."""
    return {
        "code": f.code.number,
        "property": f.code.name,
        "title": f.title,
        "place": place(f.span),
        "kernel": {"file": kernel_file, "line": f.kernel_line} if f.kernel_line else None,
        "labels": [{"place": place(label.span), "text": label.text} for label in f.labels],
        "steps": [
            {
                "number": r.number,
                "place": place(r.span),
                "kernel_line": r.kernel_line or None,
                "event": r.event,
                "changes": [{"name": n, "value": v} for n, v in r.changes],
            }
            for r in f.rows
        ],
        "notes": list(f.notes),
        "help": f.help,
        "count": f.occurrences,
    }


def checked_data(c: Checked) -> dict[str, object]:
    """One function in one entry context as data."""
    r = c.result
    return {
        "model": c.task.path,
        "function": r.cfg.function,
        "entry": r.cfg.entry or None,
        "verdict": r.verdict,
        "expected": None if c.task.expected is None else [f"{v.lower()}({p})" for v, p in sorted(c.task.expected)],
        "as_expected": c.as_expected,
        "properties": [
            {"property": v.property, "verdict": v.verdict, "obligations": v.obligations, "reached": v.reached,
             "reason": v.reason or None}
            for v in r.verdicts
        ],
        "findings": [finding_data(f, c.task.kernel_file) for f in findings(r)],
        "unreached": [
            {"what": u.what, "text": u.text, "place": place(u.edge.span) if u.edge else None} for u in r.unreached
        ],
        "rests_on": list(c.task.assumes),
        "trusts": list(c.task.trusted),
        "locations": r.locations,
        "states": r.states,
        "queries": r.queries,
    }  # fmt: skip


def run_data(checked: list[Checked], version: str, z3: str) -> dict[str, object]:
    """A whole run as data."""
    return {"schema": SCHEMA, "refcheck": version, "z3": z3, "results": [checked_data(c) for c in checked]}


def errors_data(errors: list[Diagnostic], version: str) -> dict[str, object]:
    """Input errors as data."""
    listed = [
        {"code": d.code.number, "name": d.code.name, "message": d.message, "place": place(d.span), "notes": list(d.notes),
         "help": d.help}
        for d in errors
    ]  # fmt: skip
    return {"schema": SCHEMA, "refcheck": version, "errors": listed}
