# SPDX-License-Identifier: GPL-2.0-only
"""Between the code of a model and the run-time support: a function to call each callee, and one to enter each body."""

from refcheck.export.run.contracts import ContractWriter
from refcheck.export.run.expressions import ExpressionWriter
from refcheck.export.run.names import quoted, signature
from refcheck.syntax import code


def call(t: ContractWriter, name: str) -> str:
    """What a call of a function calls: its body, its contract, or either."""
    e, sig = ExpressionWriter(t), signature(t.d, name)
    body, contract = name in t.d.functions, name in t.d.contracts
    params = [e.parameter(p, f"a_{p.name}") for p in sig.params]
    result = "void" if sig.result.name == "void" else e.cell(sig.result.name)
    given = [
        f"{{ .cell = a_{p.name} }}" if p.type.pointer else f"{{ .set = true, .{_member(t, p.type)} = a_{p.name} }}"
        for p in sig.params
    ]
    lines = [f"static {result} {t.prefix}f_{name}({', '.join([*params, 'int line'])})", "{"]
    lines.append(f"\tstruct rc_value g[{max(1, len(given))}] = {{ {', '.join(given) or '{ 0 }'} }};")
    passed = ", ".join(f"a_{p.name}" for p in sig.params)
    real = f"{t.prefix}b_{name}({passed})"
    keep = "" if result == "void" else f"{result} r = "
    back = "return;" if result == "void" else "return r;"
    run = f"{{ rc_inlined(&{t.prefix}k_{name}, g, line); {keep}{real}; rc_return(); {back} }}"
    if body and not contract:
        lines.append(f"\trc.depth++; {run}")
    elif body:
        lines.append(f"\tif (rc_by_body({quoted(name)})) {run}")
    if contract:
        applied = f"rc_call(&{t.prefix}k_{name}, g, line)"
        lines.append(f"\t{applied};" if result == "void" else f"\tstruct rc_value v = {applied};")
        lines += [] if result == "void" else [f"\treturn ({result}){{ v.set, v.{_member(t, sig.result)} }};"]
    return "\n".join([*lines, "}"])


def _member(t: ContractWriter, kind: code.Type) -> str:
    return "at" if kind.name in t.d.resources else "n"


def entry(t: ContractWriter, name: str) -> str:
    """A function called with arguments of the harness."""
    sig = t.d.functions[name].sig
    args = ", ".join(f"g[{i}].{'cell' if p.type.pointer else _member(t, p.type)}" for i, p in enumerate(sig.params))
    call = f"{t.prefix}b_{name}({args})"
    if sig.result.name == "void":
        body = f"{call}; return (struct rc_value){{ .set = true }};"
    else:
        cell = ExpressionWriter(t).cell(sig.result.name)
        body = f"{cell} r = {call}; return (struct rc_value){{ .set = r.set, .{_member(t, sig.result)} = r.v }};"
    return f"static struct rc_value {t.prefix}r_{name}(struct rc_value *g) {{ {body} }}"
