# SPDX-License-Identifier: GPL-2.0-only
"""Bodies as C: each statement is the statement of C that it looks like, so that the compiler says what it means.

Variables are declared at the top of the function, because C has no way to ask whether one was written; where C makes a
variable indeterminate (its declaration is reached, or a jump enters its block) it is marked as unwritten.
"""

from refcheck.export.run.contracts import Tables
from refcheck.export.run.expressions import Expressions, Variable
from refcheck.export.run.names import quoted
from refcheck.syntax import ast

Chain = tuple[int, ...]  # the blocks around a statement, from the outside, by identity


class Body(Expressions):
    """Writes one function; `text` is the whole definition."""

    def __init__(self, tables: Tables, function: ast.FunctionDef) -> None:
        super().__init__(tables)
        self.function = function
        self.lines: list[str] = []
        self.names: dict[int, Variable] = {}
        self.of_block: dict[int, list[Variable]] = {}
        self.labels: dict[str, Chain] = {}
        self.chain: Chain = ()
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
            self.scopes[0][p.name] = Variable(f"{p.name}_0", p.type.name, p.type.pointer)
        self._block(self.function.body)
        declared += [f"{self.cell(v.type)} {v.name} = {{ false }};" for v in self.names.values()]
        end = self.function.body.span.end_line
        last = f"rc.exit = {end};" if sig.result.name == "void" else f"return ({self.cell(sig.result.name)}){{ false }};"
        return "\n".join([self.head(), "{", *declared, *self.lines, last, "}"])

    # -- variables and blocks
    def _plan(self, s: object, chain: Chain) -> None:
        """Name the variables, and note the blocks around variables and labels."""
        match s:
            case ast.Declare():
                self._count += 1
                v = self.names[id(s)] = Variable(f"{s.name}_{self._count}", s.type.name, False)
                self.of_block.setdefault(chain[-1] if chain else 0, []).append(v)
            case ast.Labelled(label):
                self.labels[label] = chain
            case ast.Block() | ast.Switch():
                for x in s.body:
                    self._plan(x, (*chain, id(s)))
            case ast.If(_, then, orelse):
                self._plan(then, (*chain, id(then)))
                self._plan(orelse, (*chain, id(orelse)))
            case ast.While(_, body) | ast.For(_, _, _, body) | ast.DoWhile(body) | ast.Guard(_, body):
                self._plan(body, (*chain, id(body)))
            case _:
                pass

    def _unwritten(self, blocks: Chain) -> None:
        for block in blocks:
            for v in self.of_block.get(block, ()):
                self.lines.append(f"BEGIN({v.name});")

    def _inside(self, block: int, body: tuple[ast.Stmt, ...]) -> None:
        outer, self.chain = self.chain, (*self.chain, block)
        self.scopes.append({})
        for s in body:
            self.statement(s)
        self.scopes.pop()
        self.chain = outer

    def _block(self, b: ast.Block) -> None:
        self._braced(id(b), b.body)

    def _nested(self, s: ast.Stmt) -> None:
        """The statement below an if, a loop or a guard, in braces."""
        self._braced(id(s), (s,))

    def _braced(self, block: int, body: tuple[ast.Stmt, ...]) -> None:
        self.lines.append("{")
        self._unwritten((block,))
        self._inside(block, body)
        self.lines.append("}")

    # -- statements
    def statement(self, s: ast.Stmt) -> None:
        """Write one statement."""
        put = self.lines.append
        put(f"#line {s.span.line} {quoted(s.span.path)}")
        match s:
            case ast.Declare():
                self._declare(s)
            case ast.Assign(target, value, _, span):
                put(f"{self.assign(target, value, span.line)};")
            case ast.Evaluate(expr):
                put(f"(void){self._evaluate(expr)};")
            case ast.Block():
                self._block(s)
            case ast.If(cond, then, orelse):
                put(f"if ({self.value(cond)})")
                self._nested(then)
                if orelse is not None:
                    put("else")
                    self._nested(orelse)
            case ast.While() | ast.DoWhile() | ast.For():
                self._loop(s)
            case ast.Switch(subject, body):
                self._unwritten((id(s),))
                put(f"switch ({self.value(subject)}) {{")
                self._inside(id(s), body)
                put("}")
            case ast.Jump(kind):
                put(f"{kind};")
            case ast.Goto(label):
                self._unwritten(tuple(b for b in self.labels[label] if b not in self.chain))
                put(f"goto L_{label};")
            case ast.Labelled(label):
                put(f"L_{label}: rc_tick();")
            case ast.Case(value):
                put(f"case {self.value(value)}: ;" if value is not None else "default: ;")
            case ast.Return(value, _, span):
                self._return(value, span.line)
            case ast.Guard():
                self._guard(s)

    def _declare(self, s: ast.Declare) -> None:
        v = self.names[id(s)]
        self.scopes[-1][s.name] = v
        self.lines.append(f"BEGIN({v.name});")
        if s.init is not None:
            self.lines.append(f"WR({v.name}, {self.given(v.type, s.init)});")

    def _evaluate(self, expr: ast.Expr) -> str:
        return self.call(expr, wanted=False) if isinstance(expr, ast.Call) else f"({self.value(expr)})"

    def _part(self, s: ast.Stmt | None) -> str:
        """A part of the head of a `for`."""
        match s:
            case ast.Assign(target, value, _, span):
                return self.assign(target, value, span.line)
            case ast.Evaluate(expr):
                return self._evaluate(expr)
        return ""

    def _loop(self, s: ast.While | ast.DoWhile | ast.For) -> None:
        match s:
            case ast.While(cond, body):
                self.lines.append(f"while (TICK && ({self.value(cond)}))")
                self._nested(body)
            case ast.DoWhile(body, cond):
                self.lines.append("do")
                self._nested(body)
                self.lines.append(f"while (TICK && ({self.value(cond)}));")
            case ast.For(init, cond, step, body):
                test = f"TICK && ({self.value(cond)})" if cond is not None else "TICK"
                self.lines.append(f"for ({self._part(init)}; {test}; {self._part(step)})")
                self._nested(body)

    def _return(self, value: ast.Expr | None, line: int) -> None:
        if value is None:
            self.lines.append(f"{{ rc.exit = {line}; return; }}")
            return
        kind = self.function.sig.result.name
        self.lines.append(f"RETURN({self.cell(kind)}, {self.given(kind, value)}, {line});")

    def _guard(self, s: ast.Guard) -> None:
        self._count += 1
        lock, line = self.d.guards[s.lock].lock, s.span.line
        made = f"struct rc_guard g_{self._count} __attribute__((cleanup({self.prefix}end_{s.lock})))"
        made += f" = (({self.prefix}f_{lock}({line})), rc_guard({line}))"
        if s.body is None:
            self.lines.append(f"{made};")
            return
        self.lines.append(f"SCOPED_GUARD({made}, g_end_{self._count})")
        self._nested(s.body)
