# SPDX-License-Identifier: GPL-2.0-only
"""What was found, as plain data: all that any rendering needs, with no graph, prover or parser behind it.

A `Record` is one function in one entry context; a `Run` is all records of one invocation with its input errors.  Both
are immutable and made of texts, numbers and tuples, so that a result from this process, from a worker, from a store or
from a merged shard renders equally.  `to_data` and `from_data` carry them through JSON; docs/reports.md describes the
form and `SCHEMA` names its version.  build.py makes records of results.
"""

from collections.abc import Iterable

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.result.codec import DataError, decode, encode

SCHEMA = 2
HELD = "held"


def in_context(function: str, entry: str | None) -> str:
    """A function's name, with its entry context where it has one."""
    return f"{function} [{entry}]" if entry else function


class Place(NamedTuple):
    """A stretch of a file; lines and columns count from 1, the end is the column just behind the last character."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        """`file:line:column`, as compilers print it."""
        return f"{self.file}:{self.line}:{self.column}"


class Named(NamedTuple):
    """A variable or slot and its value in words."""

    name: str
    value: str

    def __str__(self) -> str:
        """`name = value`, or `name > 0` where the value is only known by its sign."""
        return f"{self.name} {self.value}" if self.value[:2] in ("> ", "< ") else f"{self.name} = {self.value}"


class Level(NamedTuple):
    """A context and how often it is entered."""

    name: str
    level: int


class Reference(NamedTuple):
    """An object that the path knows: its resource, the variables that name it, what it is worth, references held."""

    resource: str
    names: tuple[str, ...]
    worth: str
    held: int


class Shown(NamedTuple):
    """A whole state in words: every shown variable that has a value, every slot, every context, every object."""

    variables: tuple[Named, ...]
    slots: tuple[Named, ...]
    contexts: tuple[Level, ...]
    references: tuple[Reference, ...]


class Step(NamedTuple):
    """One row of a trace; `path` has the edges taken since the row before, `state` is what holds behind them.

    In the last row, where the property breaks, `state` is what holds in front of the edge that breaks it.
    """

    number: int
    place: Place
    kernel_line: int | None
    event: str
    changes: tuple[Named, ...]
    state: Shown
    path: tuple[int, ...]


class Mark(NamedTuple):
    """A place with what is to be said about it; `quote` is the source line."""

    place: Place
    text: str
    quote: str


class Kernel(NamedTuple):
    """A line of the kernel source."""

    file: str
    line: int


class Edit(NamedTuple):
    """A change of a model's text: the lines from `line` to `line + len(old) - 1` become `new`."""

    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]


class Finding(NamedTuple):
    """A refuted property with the shortest path that breaks it; `occurrences` states break for the same reason.

    `reason` and `subject` say which part broke, of which variable; `repair` is a concrete change, where there is one.
    """

    code: str
    property: str
    reason: str
    subject: str
    title: str
    place: Place
    kernel: Kernel | None
    labels: tuple[Mark, ...]
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    help: str
    repair: tuple[Edit, ...]
    occurrences: int


class PropertyRecord(NamedTuple):
    """The verdict of one property, how many obligations it has, how many of them are reached."""

    property: str
    verdict: Verdict
    obligations: int
    reached: int
    reason: str | None


class UnreachedRecord(NamedTuple):
    """Something of the model that nothing reaches."""

    what: str
    text: str
    place: Place | None


class Arc(NamedTuple):
    """An edge of the graph; `kind` is that of program.Edge."""

    number: int
    source: int
    target: int
    line: int
    kernel_line: int | None
    text: str
    kind: str


class Graph(NamedTuple):
    """The control-flow graph, where a rendering shows it."""

    locations: int
    start: int
    exit: int
    edges: tuple[Arc, ...]


class BalanceEnd(NamedTuple):
    """Where a reference ends: how, and the branches that every path there took and not every path to another end."""

    how: str
    place: Place
    kernel_line: int | None
    branches: tuple[str, ...]


class Balance(NamedTuple):
    """An acquisition: the variable, how it is had (`held`, or `borrowed until ...`), what gave it, and all that ends it.

    A borrow has no end: nothing is to be given back.
    """

    object: str
    how: str
    by: str
    place: Place
    kernel_line: int | None
    ends: tuple[BalanceEnd, ...]


class CalledContract(NamedTuple):
    """The contract that calls of a function are taken by: its text, with the comment above it, and where it stands.

    `how` it was come by: declared; or, in C, inferred from a body, shown by one that only looks, or assumed where nothing
    at hand says it.  The text is empty where that is that the callee only looks at its arguments.  `sources` are the kernel
    functions that it was read from (`net/core/dst.c:dst_release`), `calls` the lines of the model that make such a call.
    """

    function: str
    how: str
    text: str
    place: Place
    sources: tuple[str, ...]
    calls: tuple[int, ...]


class Rest(NamedTuple):
    """Something that a verdict from C assumes and no source at hand says: of which kind, what, and where."""

    kind: str
    text: str
    place: Place


class FromC(NamedTuple):
    """What a record that was sliced from C rests on beside contracts.

    `how` its own contract was come by: declared, role, inferred, looks (it needs none), or not read.  `certain` says of each
    finding whether its trace crosses no assumption; `assumed` and `inferred` are what the function rests on, `untouched`
    callees that have no resource in their hands.  `variant` has the conditions of `#if` that were chosen, `ambiguous`
    the results that do not tell what became of an argument.  `slice` is the function as a model, where its graph is shown,
    `contract` what it is held to itself.
    """

    how: str
    certain: tuple[bool, ...]
    assumed: tuple[Rest, ...]
    inferred: tuple[str, ...]
    untouched: tuple[str, ...]
    variant: tuple[str, ...]
    ambiguous: tuple[str, ...]
    slice: str = ""
    contract: str = ""


class Record(NamedTuple):
    """One function in one entry context: verdict, expectation, findings, and what the verdict rests on.

    `expected` has texts like `refuted(leaked-ref)`, None where the model expects nothing; `broken` are functions that it
    rests on and that the run refutes, `kept` those of which the model says so (standing.py).  `certificate` says in words
    what the re-checked invariant is, None where there is none.  `graph` is there with findings and where asked for.
    `overrides` has the applied contracts that stand in place of others, with the files of both; `from_c` is there where the
    function was sliced from C.  `contracts` are those of its calls; `balance` has what is held and borrowed and,
    where it is proved, what balances it, if that was asked for.  `last_line` is where the body ends; `facts` are names for
    several contexts, with these.
    """

    model: str
    function: str
    place: Place
    entry: str | None
    kernel_file: str | None
    verdict: Verdict
    expected: tuple[str, ...] | None
    as_expected: bool | None
    properties: tuple[PropertyRecord, ...]
    findings: tuple[Finding, ...]
    unreached: tuple[UnreachedRecord, ...]
    rests_on: tuple[str, ...]
    trusts: tuple[str, ...]
    locations: int
    states: int
    queries: int
    obligations: int
    acyclic: bool
    certificate: str | None
    graph: Graph | None
    overrides: tuple[str, ...] = ()
    from_c: FromC | None = None
    kept: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    balance: tuple[Balance, ...] = ()
    contracts: tuple[CalledContract, ...] = ()
    last_line: int = 0
    facts: tuple[Named, ...] = ()

    @property
    def suspect(self) -> bool:
        """It was sliced from C, and no finding is certain: each rests on an assumption."""
        return self.from_c is not None and self.verdict == Verdict.REFUTED and not any(self.from_c.certain)

    def certainty(self, finding: Finding) -> str:
        """`certain` where its trace crosses no assumption, `possible` where it does; empty for a finding in a model."""
        if self.from_c is None:
            return ""
        sure = next((c for f, c in zip(self.findings, self.from_c.certain, strict=False) if f is finding), False)
        return "certain" if sure else "possible"

    def bare(self) -> "Record":
        """The verdicts without what only a report shows of them: traces, graph, contracts, the slice."""
        findings = tuple(f._replace(labels=(), steps=(), notes=()) for f in self.findings)
        from_c = self.from_c._replace(slice="", contract="") if self.from_c is not None else None
        return self._replace(findings=findings, graph=None, from_c=from_c, contracts=())

    @property
    def name(self) -> str:
        """The function's name, with its entry context where it has one."""
        return in_context(self.function, self.entry)


class Problem(NamedTuple):
    """An input error; `quote` is the source line, empty where there is none."""

    code: str
    name: str
    message: str
    place: Place
    notes: tuple[str, ...]
    help: str
    quote: str


class Source(NamedTuple):
    """The text of a model, for renderings that show it whole."""

    file: str
    text: str


class Shard(NamedTuple):
    """Which part of a run this is: part `number` of `total`; `plan` names all that the parts have, in order.

    `inputs` is a digest of what the parts must have in common: texts, options, versions.
    """

    number: int
    total: int
    inputs: str
    plan: tuple[str, ...]


class Run(NamedTuple):
    """One invocation: the versions that made it, records in the order of the models, input errors, model texts.

    `shard` says which part of a run it is, None where it is a whole one.
    """

    refcheck: str
    z3: str | None
    results: tuple[Record, ...]
    errors: tuple[Problem, ...]
    sources: tuple[Source, ...]
    shard: Shard | None = None


def record_data(record: Record) -> dict[str, object]:
    """A record as JSON data."""
    return encode(record)


def record_from(data: object) -> Record:
    """The record that `record_data` wrote; DataError names the first part that has another form."""
    return decode(Record, data)


def to_data(run: Run) -> dict[str, object]:
    """A run as JSON data, headed by the version of its form."""
    return {"schema": SCHEMA, **encode(run)}


def from_data(data: object) -> Run:
    """The run that `to_data` wrote; DataError where it has another form or version."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise DataError("schema", f"version {SCHEMA}", found)
    return decode(Run, {k: v for k, v in data.items() if k != "schema"})


def status(records: Iterable[Record], possible: bool = True) -> int:
    """The exit status: 0 all proved or as expected, 1 some refuted, vacuous or not as expected, 3 some unknown.

    Without `possible`, what rests on assumptions is not counted as refuted.
    """
    listed = list(records)
    have = {r.verdict for r in listed if r.as_expected is not True and not (r.suspect and not possible)}
    if have & {Verdict.REFUTED, Verdict.VACUOUS} or any(r.as_expected is False for r in listed):
        return 1
    return 3 if any(p.verdict == Verdict.UNKNOWN for r in listed for p in r.properties) else 0
