# SPDX-License-Identifier: GPL-2.0-only
"""A run as JUnit XML: a suite per model, a case per function and entry context.

What passes (proved, or as expected) is a passed case; refuted and vacuous ones fail, unknown ones are errors, as are
input errors.  The form is that of the schema of Jenkins' xUnit plugin, which GitLab reads too.
"""

from xml.etree import ElementTree as ET

from refcheck.base.verdicts import Verdict
from refcheck.render.c_words import assumptions
from refcheck.render.facts import models, passes, reasons, relative, verdict_text
from refcheck.render.formats import RenderOptions
from refcheck.render.text import Style, clean, render_finding, render_problem
from refcheck.result.record import Record, Run


def render(run: Run, options: RenderOptions) -> str:
    """The document, in ASCII, with every character that XML forbids made visible."""
    root = ET.Element("testsuites", name="refcheck")
    for model, records in models(run).items():
        path = clean(relative(model, options.base))
        suite = ET.SubElement(root, "testsuite", name=path, file=path)
        for r in records:
            _case(suite, r, path)
        _count(suite)
    if run.errors:
        suite = ET.SubElement(root, "testsuite", name="input")
        for p in run.errors:
            case = ET.SubElement(suite, "testcase", name=clean(f"{p.name} {p.place}"), classname="refcheck.input")
            found = ET.SubElement(case, "error", type=clean(p.name), message=clean(p.message))
            found.text = render_problem(p, Style())
        _count(suite)
    _count(root)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode() + "\n"


def _case(suite: ET.Element, r: Record, path: str) -> None:
    case = ET.SubElement(suite, "testcase", name=clean(r.name), classname=path.removesuffix(".rc").replace("/", "."))
    if r.suspect:
        texts = [*(render_finding(f, r, Style()) for f in r.findings), *assumptions(r)]
        ET.SubElement(case, "skipped", type="possible", message=verdict_text(r)).text = "\n\n".join(texts)
    elif not passes(r):
        if r.verdict == Verdict.REFUTED:
            for f in r.findings:
                failure = ET.SubElement(case, "failure", type=clean(f.property), message=clean(f.title))
                failure.text = "\n".join([render_finding(f, r, Style()), *assumptions(r)])
        elif r.verdict == Verdict.UNKNOWN:
            ET.SubElement(case, "error", type="unknown", message=verdict_text(r)).text = "\n".join(reasons(r))
        else:
            kind = "vacuous" if r.verdict == Verdict.VACUOUS else "not-as-expected"
            ET.SubElement(case, "failure", type=kind, message=verdict_text(r)).text = "\n".join(reasons(r))
    else:
        texts = [render_finding(f, r, Style()) for f in r.findings] + reasons(r) + assumptions(r)
        ET.SubElement(case, "system-out").text = "\n\n".join([verdict_text(r), *texts])
    if not passes(r):
        ET.SubElement(case, "system-out").text = verdict_text(r)


def _count(suite: ET.Element) -> None:
    counted = (("failures", "failure"), ("errors", "error"), *([("skipped", "skipped")] if suite.tag == "testsuite" else []))
    for name, tag in counted:
        suite.set(name, str(sum(case.find(tag) is not None for case in suite.iter("testcase"))))
    suite.set("tests", str(sum(1 for _ in suite.iter("testcase"))))
