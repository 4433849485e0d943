# SPDX-License-Identifier: GPL-2.0-only
"""Bodies as C: each statement is the statement of C that it looks like, so that the compiler says what it means.

Variables are declared at the top of the function, because C has no way to ask whether one was written; where C makes a
variable indeterminate (its declaration is reached, or a jump enters its block) it is marked as unwritten.
"""

from refcheck.export.run.contracts import ContractWriter
from refcheck.export.run.expressions import CVariable, ExpressionWriter
from refcheck.export.run.names import quoted
from refcheck.syntax import ast, code

BlockChain = tuple[int, ...]  # the blocks around a statement, from the outside, by identity


class BodyWriter(ExpressionWriter):
    """Writes one function; `text` is the whole definition."""

    def __init__(self, tables: ContractWriter, function: ast.FunctionDef) -> None:
        super().__init__(tables)
        self.function = function
        self.lines: list[str] = []
        self.names: dict[int, CVariable] = {}
        self.of_block: dict[int, list[CVariable]] = {}
        self.labels: dict[str, BlockChain] = {}
        self.chain: BlockChain = ()
        self._count = 0
        self._plan(function.body, ())

    def head(self) -> str:
        """The head of the C function."""
        sig = self.function.sig
        params = ", ".join(self.parameter(p, f"a_{p.name}") for p in sig.params) or "void"
        result = "void" if sig.result.name == "void" else self.cell(sig.result.name)
        return f"static {result} {self.prefix}b_{sig.name}({params})"

    def text(self) -> str:
        """The definition of the C function."""
        sig = self.function.sig
        declared = []
        for p in sig.params:
            if p.type.pointer:
                declared.append(f"{self.cell(p.type.name)} *{p.name}_0 = a_{p.name};")
            else:
                declared.append(f"{self.cell(p.type.name)} {p.name}_0 = {{ true, a_{p.name} }};")
            self.scopes[0][p.name] = CVariable(f"{p.name}_0", p.type.name, p.type.pointer)
        self._block(self.function.body)
        declared += [f"{self.cell(v.type)} {v.name} = {{ false }};" for v in self.names.values()]
        last = [] if sig.result.name == "void" else [f"return ({self.cell(sig.result.name)}){{ false }};"]
        return "\n".join([self.head(), "{", *declared, *self.lines, *last, "}"])

    # -- variables and blocks
    def _plan(self, s: object, chain: BlockChain) -> None:
        """Name the variables, and note the blocks around variables and labels."""
        match s:
            case code.Declare():
                self._count += 1
                v = self.names[id(s)] = CVariable(f"{s.name}_{self._count}", s.type.name, False)
                self.of_block.setdefault(chain[-1] if chain else 0, []).append(v)
            case code.Labelled(label):
                self.labels[label] = chain
            case code.Block() | code.Switch():
                for x in s.body:
                    self._plan(x, (*chain, id(s)))
            case code.If(_, then, orelse):
                self._plan(then, (*chain, id(then)))
                self._plan(orelse, (*chain, id(orelse)))
            case code.While(_, body) | code.For(_, _, _, body) | code.DoWhile(body) | code.Guard(_, body):
                self._plan(body, (*chain, id(body)))
            case _:
                pass

    def _unwritten(self, blocks: BlockChain) -> None:
        for block in blocks:
            for v in self.of_block.get(block, ()):
                self.lines.append(f"BEGIN({v.name});")

    def _inside(self, block: int, body: tuple[code.Stmt, ...], end: int) -> None:
        outer, self.chain = self.chain, (*self.chain, block)
        self.scopes.append({})
        for s in body:
            self.statement(s)
        self.lines.append(f"rc.exit = {end};")
        self.scopes.pop()
        self.chain = outer

    def _block(self, b: code.Block) -> None:
        self._braced(id(b), b.body, b.span.end_line)

    def _nested(self, s: code.Stmt) -> None:
        """The statement below an if, a loop or a guard, in braces."""
        self._braced(id(s), (s,), s.span.end_line)

    def _braced(self, block: int, body: tuple[code.Stmt, ...], end: int) -> None:
        self.lines.append("{")
        self._unwritten((block,))
        self._inside(block, body, end)
        self.lines.append("}")

    # -- statements
    def statement(self, s: code.Stmt) -> None:
        """Write one statement."""
        put = self.lines.append
        put(f"#line {s.span.line} {quoted(s.span.path)}")
        match s:
            case code.Declare():
                self._declare(s)
            case code.Assign(target, value, _, span):
                put(f"{self.assign(target, value, span.line)};")
            case code.Evaluate(expr):
                put(f"(void){self._evaluate(expr)};")
            case code.Block():
                self._block(s)
            case code.If(cond, then, orelse):
                put(f"if ({self.value(cond)})")
                self._nested(then)
                if orelse is not None:
                    put("else")
                    self._nested(orelse)
            case code.While() | code.DoWhile() | code.For():
                self._loop(s)
            case code.Switch(subject, body):
                self._unwritten((id(s),))
                put(f"switch ({self.value(subject)}) {{")
                self._inside(id(s), body, s.span.end_line)
                put("}")
            case code.Jump(kind):
                put(f"rc.exit = {s.span.line}; {kind};")
            case code.Goto(label):
                self._unwritten(tuple(b for b in self.labels[label] if b not in self.chain))
                put(f"rc.exit = {s.span.line}; goto L_{label};")
            case code.Labelled(label):
                put(f"L_{label}: rc_tick();")
            case code.Case(value):
                put(f"case {self.value(value)}: ;" if value is not None else "default: ;")
            case code.Return(value, _, span):
                self._return(value, span.line)
            case code.Guard():
                self._guard(s)

    def _declare(self, s: code.Declare) -> None:
        v = self.names[id(s)]
        self.scopes[-1][s.name] = v
        self.lines.append(f"BEGIN({v.name});")
        if s.init is not None:
            self.lines.append(f"WR({v.name}, {self.given(v.type, s.init)});")

    def _evaluate(self, expr: code.Expr) -> str:
        return self.call(expr, wanted=False) if isinstance(expr, code.Call) else f"({self.value(expr)})"

    def _part(self, s: code.Stmt | None) -> str:
        """A part of the head of a `for`."""
        match s:
            case code.Assign(target, value, _, span):
                return self.assign(target, value, span.line)
            case code.Evaluate(expr):
                return self._evaluate(expr)
            case _:
                return ""

    def _loop(self, s: code.While | code.DoWhile | code.For) -> None:
        match s:
            case code.While(cond, body):
                self.lines.append(f"while (TICK && ({self.value(cond)}))")
                self._nested(body)
            case code.DoWhile(body, cond):
                self.lines.append("do")
                self._nested(body)
                self.lines.append(f"while (TICK && ({self.value(cond)}));")
            case code.For(init, cond, step, body):
                test = f"TICK && ({self.value(cond)})" if cond is not None else "TICK"
                self.lines.append(f"for ({self._part(init)}; {test}; {self._part(step)})")
                self._nested(body)

    def _return(self, value: code.Expr | None, line: int) -> None:
        if value is None:
            self.lines.append(f"{{ rc.exit = {line}; return; }}")
            return
        kind = self.function.sig.result.name
        self.lines.append(f"RETURN({self.cell(kind)}, {self.given(kind, value)}, {line});")

    def _guard(self, s: code.Guard) -> None:
        self._count += 1
        lock, line = self.d.guards[s.lock].lock, s.span.line
        made = f"struct rc_guard g_{self._count} __attribute__((cleanup({self.prefix}end_{s.lock})))"
        made += f" = (({self.prefix}f_{lock}({line})), rc_guard())"
        if s.body is None:
            self.lines.append(f"{made};")
            return
        self.lines.append(f"SCOPED_GUARD({made}, g_end_{self._count})")
        self._nested(s.body)
