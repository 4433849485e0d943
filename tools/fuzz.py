# SPDX-License-Identifier: GPL-2.0-only
"""Fuzzers for everything that comes from outside: no traceback, no fault, no hang, bounded memory.

    tools/fuzz.py [--count N] [--seed S] [--kind KIND]... [--first I] [--tree DIR]

C is taken from the corpus, and where there is a kernel tree from its net/.  A case is made from its kind, the seed and its
number alone, so that `--kind K --seed S --first I --count 1` repeats it.  Cases of one kind run in one process, bounded in
memory by the kernel (RLIMIT_AS) and each in time; a case that ends the process, takes too long, or ends in anything but
the statuses of the manual is reported with the command that repeats it.
"""

import argparse
import contextlib
import io
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fuzz_grammar import derive  # noqa: E402  beside this file

MEMORY = {"c-tree": 2 << 30}  # bytes of a process, 3 GB unless said
SECONDS = {"c-tree": 60}  # of the processor, 15 unless said
PROVED = re.compile(r"(\d+) functions recalled by certificate, (\d+) proved")
LIMITS = ("--max-states", "2000", "--timeout", "2")
MODELS = sorted((ROOT / "models").glob("*.rc")) + sorted((ROOT / "corpus").glob("*/before.rc"))
SPECS = sorted((ROOT / "specs").rglob("*.spec"))
Folder = Path
Case = Callable[[random.Random, Folder], tuple[str, ...]]

# ------------------------------------------------------------------------------------------------ from the grammar


def model_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """A model that follows the grammar, over the contracts that ship."""
    text = 'use "skb.spec", "route.spec";\n' + "\n".join(derive(rng, "model", rng.randrange(20, 200)) for _ in range(2))
    return *rng.choice((("verify",), ("show", "cfg"), ("show", "ast"), ("deps",))), _write(folder, "m.rc", text)


def spec_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """Contracts that follow the grammar, and a model that uses them."""
    _write(folder, "x.spec", 'use "dst.spec";\n' + derive(rng, "spec", rng.randrange(10, 150)))
    text = 'use "x.spec";\nvoid f(dst d) { ' + rng.choice(("f(d);", "g();", "x();", "use(d);")) + " }\n"
    return "verify", _write(folder, "m.rc", text)


# ------------------------------------------------------------------------------------------------ from real files


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Bytes after a few of them were changed, dropped, doubled, moved or replaced by something nasty."""
    nasty = (b"\0", b"\xff", b"{" * 50, b"!" * 300, b"\n" * 99, b'"', b"/*", b"@999999999999", b"\xe2\x80\xae", b"\r",
             b"9" * 400)  # fmt: skip
    for _ in range(rng.randrange(1, 6)):
        i, n = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 8, 64))
        what = rng.randrange(5)
        if what == 0:
            data = data[:i] + data[i + n :]
        elif what == 1:
            data = data[:i] + rng.choice(nasty) + data[i:]
        elif what == 2:
            data = data[:i] + bytes(rng.randrange(256) for _ in range(n)) + data[i + n :]
        elif what == 3:
            j = rng.randrange(len(data) + 1)
            data = data[:i] + data[j : j + n] + data[i:]
        else:
            data = data[:i]
        data = data or b"x"
    return data


def bytes_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """A real model or contract, damaged."""
    if rng.random() < 0.6:
        small = [m for m in MODELS if m.stat().st_size < 4000]
        return "verify", _write(folder, "m.rc", damaged(rng, rng.choice(small).read_bytes()))
    spec = rng.choice(SPECS)
    _write(folder, spec.name, damaged(rng, spec.read_bytes()))
    return "verify", _write(folder, "m.rc", f'use "{spec.name}";\nvoid f() {{ return; }}\n')


def tangled(rng: random.Random, value: object) -> object:
    """JSON data with something in it replaced, dropped or renamed."""
    odd = (None, True, -1, 0, 1 << 70, 1.5, "", "x", "../../etc/passwd", "\0", [], {}, [[]], "RC101", "9" * 5000)
    if rng.random() < 0.03:
        return rng.choice(odd)
    if isinstance(value, list) and value:
        i = rng.randrange(len(value))
        return [*value[:i], tangled(rng, value[i]), *value[i + 1 :]] if rng.random() < 0.9 else value[:i]
    if isinstance(value, dict) and value:
        key = rng.choice(sorted(value))
        if rng.random() < 0.9:
            return {**value, key: tangled(rng, value[key])}
        return {k: v for k, v in value.items() if k != key}
    return rng.choice(odd)


def certificate_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """A real certificate, damaged as data or as bytes."""
    made = _certificates(folder)
    path = folder / rng.choice(made)
    whole = path.read_bytes()
    new = damaged(rng, whole) if rng.random() < 0.3 else json.dumps(tangled(rng, json.loads(whole))).encode()
    _write(folder, "bad/one.cert.json", new)
    return "certify", str(folder / "bad")


def _certificates(folder: Folder) -> list[str]:
    """Certificates of a small model, made once for each folder."""
    if not (folder / "good").is_dir():
        call(("verify", "-q", str(ROOT / "models" / "udp_tunnel_core.rc"), "--certify", str(folder / "good")))
    return sorted(str(p.relative_to(folder)) for p in (folder / "good").rglob("*.json"))


def record_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """A report that another process wrote, damaged: read strictly, or refused."""
    from refcheck.result.codec import DataError
    from refcheck.result.record import from_data

    path = folder / "run.json"
    if not path.is_file():
        path.write_text(call(("verify", str(ROOT / "models" / "bareudp.rc"), "--format", "json"))[1], encoding="utf-8")
    with contextlib.suppress(DataError):
        from_data(tangled(rng, json.loads(path.read_text(encoding="utf-8"))))  # type: ignore[arg-type]
    return ()


def store_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """An entry of a store, damaged: it is as it was written, unsealed, or not there."""
    from refcheck.store.place import Store

    store = Store(folder / "store", folder / "key")
    data = {"a": [1, 2, {"b": "x" * rng.randrange(99)}]}
    store.put("file", "0" * 64, data)
    (path,) = [p for p in (folder / "store").rglob("*") if p.is_file() and "0" * 60 in str(p).replace("/", "")]
    path.write_bytes(damaged(rng, path.read_bytes()))
    found = store.get("file", "0" * 64)
    assert found is None or found.data == data or not found[1], "a damaged entry is believed"
    return ()


def explained_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """A damaged file of explanations."""
    text = b'[[survivor]]\nfile = "m.rc"\nmutants = ["f: drop-release: x"]\nreason = "why"\n'
    _write(folder, "mutants.toml", damaged(rng, text))
    model = 'use "dst.spec";\nvoid f()\n{\n\tdst d = NULL;\n\tdst_release(d);\n}\n'
    return "mutate", _write(folder, "m.rc", model), "--only", "drop-release"


# ------------------------------------------------------------------------------------------------ command lines

COMMANDS = ("verify", "certify", "explain", "show", "deps", "diff", "mutate", "ast", "cfg", "smt2", "nonsense", "")
OPTIONS = ("-f", "--function", "--specs", "--timeout", "--rlimit", "--max-states", "--format", "--output", "-q", "--help",
           "--version", "--only", "--certify", "--with", "--models", "--smt2", "-x", "--", "-")  # fmt: skip
VALUES = ("geneve_build_skb", "json", "text", "sarif", "0", "-1", "1e400", "nan", "9" * 30, "RC101", "leaked-ref",
          "/dev/null", "/dev", "..", ".", "", " ", "x" * 5000, "\udcff", "\u202e", "a\nb", "json=/nonexistent/x", "text=",
          "=", "junit=/dev/full")  # fmt: skip


def args_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """Any words of the command line in any order."""
    model = _write(folder, "m.rc", 'use "dst.spec";\nvoid f(dst d)\n{\n\tuse(d);\n}\n')
    words = [*VALUES, model, str(folder), str(folder / "m.rc" / "x")]
    found = (rng.choice(OPTIONS) if rng.random() < 0.4 else rng.choice(words) for _ in range(rng.randrange(6)))
    return rng.choice(COMMANDS), *found


def deep_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """One construct, nested or repeated far beyond what a person writes."""
    n = rng.choice((10, 90, 99, 101, 150, 1000, 5000, 30000))
    shapes = (
        f"if ({'(' * n}a{')' * n}) use(d);", f"{'{' * n}use(d);{'}' * n}", f"if ({'!' * n}a) use(d);",
        "if (a) use(d); " + "else if (a) use(d); " * n,
        "if (a" + " && a" * n + ") use(d);", "if (a" + " || a" * n + ") use(d);",
        "a = " + "a ? a : " * n + "a;", "a = " + "likely(" * n + "a" + ")" * n + ";", "use(d);\n" * n,
        "if (a) " * n + "use(d);", "while (a) " * n + "use(d);", f"use(d{', d' * n});",
        "switch (x) { " + "".join(f"case {i}: " for i in range(n)) + "use(d); }",
        "".join(f"l{i}: use(d);\n" for i in range(n)),
        'if (nondet("' + "x" * n + '")) use(d);', "int " + ", ".join(f"v{i}" for i in range(n)) + ";",
        f"d = {'dst_rtable(' * n}d{')' * n};", "do " * n + "use(d); " + "while (a); " * n, "// " + "x" * n * 30, "/*" * n,
    )  # fmt: skip
    text = f'use "dst.spec";\n\nvoid f(dst d __nullable, bool a, int x)\n{{\n\t{rng.choice(shapes)}\n}}\n'
    return "verify", "-q", _write(folder, "m.rc", text)


def c_case(rng: random.Random, _folder: Folder) -> tuple[str, ...]:
    """C, spliced and damaged, read."""
    import fuzz_c
    text = fuzz_c.spliced(rng)
    fuzz_c.read(text if rng.random() < 0.5 else damaged(rng, text.encode()).decode("utf-8", "replace").replace("\0", ""))
    return ()


def c_run_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """C that is damaged or hard to read, verified."""
    import fuzz_c
    text, more = fuzz_c.to_verify(rng, str(folder))
    return *more, _write(folder, "m.c", damaged(rng, text.encode()) if rng.random() < 0.4 else text)


def c_tree_case(rng: random.Random, folder: Folder) -> tuple[str, ...]:
    """Some files with functions of a tree, damaged, verified as files of it; what is known of the tree is kept."""
    import fuzz_c
    texts, more = fuzz_c.to_verify_in_tree(rng, str(folder / "store"))
    for i, text in enumerate(texts):
        _write(folder, f"c/m{i}.c", damaged(rng, text.encode()) if rng.random() < 0.2 else text)
    return *more, *(LIMITS if rng.random() < 0.8 else ()), "--stats", str(folder / "c")


KINDS: dict[str, Case] = {
    "model": model_case, "spec": spec_case, "bytes": bytes_case, "certificate": certificate_case, "record": record_case,
    "c": c_case, "c-run": c_run_case, "store": store_case, "explained": explained_case, "args": args_case, "deep": deep_case,
    "c-tree": c_tree_case,
}  # fmt: skip

# ------------------------------------------------------------------------------------------------ running cases


def _write(folder: Folder, name: str, text: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return str(path)


def call(args: tuple[str, ...]) -> tuple[int, str, str]:
    """Run a command in this process: status and both streams."""
    from refcheck import cli

    out, err, status = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", ["refcheck", *args]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as e:
            status = e.code if isinstance(e.code, int) else 0 if e.code is None else 1
    return status, out.getvalue(), err.getvalue()


def wrong(kind: str, status: int, out: str, err: str) -> str:
    """What is wrong with how a case ended; empty where nothing is."""
    if status not in (0, 1, 2, 3):
        return f"status {status}: {err.strip()[:300]}"
    if kind == "c-tree" and "out-of-memory" in err:
        return err.strip()[:300]
    if "Traceback" in err or "internal-error" in err:
        return err.strip()[:300]
    if status == 2 and not err and '"errors"' not in out:
        return "status 2 without a word"
    if kind != "args" and any(ord(c) < 32 and c not in "\n\t" for c in out + err):
        return "a control character reaches the output"
    return ""


class Late(BaseException):
    """A case does not end; whatever else refcheck handles, it lets this one pass."""


class Ended(NamedTuple):
    """How a case ended: what is wrong, empty where nothing is, and how many functions were proved or refuted in it."""

    wrong: str
    decided: int = 0


def one(kind: str, seed: int, number: int, folder: Folder) -> Ended:
    """Run one case."""
    rng, seconds = random.Random(f"{kind} {seed} {number}"), SECONDS.get(kind, 15)

    def late(_signal: int, _frame: object) -> None:
        raise Late

    signal.signal(signal.SIGALRM, late)
    signal.alarm(30 * seconds)  # a busy machine may be slow; what counts is the time of this process
    try:
        args = KINDS[kind](rng, folder)
        if not args:
            return Ended("")
        limits = LIMITS if args[0] == "verify" and kind not in ("args", "c-tree") else ()
        began = time.process_time()
        status, out, err = call((*args, *limits))
        took = time.process_time() - began
        found = wrong(kind, status, out, err) or (f"took {took:.1f} s of this processor" if took > seconds else "")
        return Ended(found, sum(map(int, work.groups())) if (work := PROVED.search(err)) else 0)
    except Late:
        return Ended(f"no end within {30 * seconds} s")
    except Exception as e:  # noqa: BLE001  a case of our own functions that raises is what is looked for
        return Ended(f"{type(e).__name__}: {e}")
    finally:
        signal.alarm(0)


def worker(kind: str, seed: int, first: int, count: int) -> None:
    """Run cases here, bounded in memory; one line of JSON for each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY.get(kind, 3 << 30),) * 2)
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME") or str(Path(name) / "cache")
        folder = Path(name) / "inside"  # so that `..` is the fuzzer's own too
        folder.mkdir()
        os.chdir(folder)
        for number in range(first, first + count):
            print(json.dumps([number, *one(kind, seed, number, folder)]), flush=True)


def bounded(kind: str, seed: int, first: int, count: int) -> Iterator[tuple[int, Ended]]:
    """How each case of a run ended; a process that dies is started again behind the case that killed it."""
    while count > 0:
        numbers = ["--seed", str(seed), "--first", str(first), "--count", str(count)]
        command, pipe = [sys.executable, __file__, "--worker", "--kind", kind, *numbers], subprocess.PIPE
        with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as p:  # noqa: S603  (ourselves)
            assert p.stdout is not None
            assert p.stderr is not None
            done = 0
            for line in p.stdout:
                number, *ended = json.loads(line)
                done += 1
                yield number, Ended(*ended)
            tail = p.stderr.read()[-300:]
        if done < count:
            yield first + done, Ended(f"the process ended with {p.returncode}: {tail}")
            done += 1
        first, count = first + done, count - done


def main() -> int:
    """Run the fuzzers; status 1 if a case went wrong."""
    parser = argparse.ArgumentParser(description="Fuzz refcheck.")
    parser.add_argument("--count", type=int, default=200, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--kind", action="append", choices=KINDS, help="this kind only (repeatable)")
    parser.add_argument("--tree", help="a kernel tree, from which C is taken as well")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.worker:
        worker(a.kind[0], a.seed, a.first, a.count)
        return 0
    if a.tree:
        os.environ["REFCHECK_FUZZ_TREE"] = str(Path(a.tree).resolve())
    bad = 0
    for kind in a.kind or KINDS:
        began, ended = time.monotonic(), list(bounded(kind, a.seed, a.first, a.count))
        failures = [(number, e.wrong) for number, e in ended if e.wrong]
        counts = [e.decided for _, e in ended if e.decided]
        came = f", {sum(counts)} functions decided in {len(counts)}" if counts else ""
        seconds = time.monotonic() - began
        print(f"{kind}: {a.count} cases, seed {a.seed}{came}, {len(failures)} wrong, {seconds:.0f} s", flush=True)
        for number, found in failures:
            print(f"  tools/fuzz.py --kind {kind} --seed {a.seed} --first {number} --count 1\n    {found}", flush=True)
        bad += len(failures)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
