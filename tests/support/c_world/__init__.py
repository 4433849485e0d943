# SPDX-License-Identifier: GPL-2.0-only
"""Programs that run the functions of corpus/c in a world of real counts and memory, one for each: all tapes of choices."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from c_corpus import FOLDER, Input

from refcheck.base.source import SourceFile
from refcheck.c import tree
from refcheck.c.parse import parse

HERE = Path(__file__).parent
INCLUDE = ["-std=gnu11", "-g", "-fsanitize=address", "-I", str(HERE), "-I", str(FOLDER / "include")]
FILLED = ["-w", "-ftrivial-auto-var-init=pattern", "-DCONFIG_IPV6=1"]  # what was never written is no pointer
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0:handle_segv=1:quarantine_size_mb=64"}

# Functions that the world calls later, and what starts them.
LATER = {
    "moraine_work": "moraine_defer", "oxbow_expire": "oxbow_start", "harbour_work": "harbour_start",
    "torrent_work": "torrent_start", "cascade_expire": "cascade_start", "tarn_work": "tarn_start", "rill_work": "rill_start",
    "shoal_work": "shoal_start", "jetty_work": "jetty_start",
}  # fmt: skip
# What an argument has to be, where a reading of its type does not say: how it is made, and what its owner does at the end.
MADE = {
    "struct slip_way": ("one.sk = choose(2) ? world_sock() : NULL;", ""),
    "struct delta_flow": ("one.dst = choose(2) ? arg_dst(0) : NULL;", "dst_release(one.dst);"),
    "struct oxbow": ("", "dst_release(one.dst);"),
    "struct shore": (
        "peer.dst = choose(2) ? arg_dst(0) : NULL; list_init(&one.peers); list_add_tail(&peer.node, &one.peers);",
        "shore_forget(&peer);",
    ),
}
MORE = {"struct shore": "static struct shore_peer peer;"}
RETURNED = {"struct net_device": "dev_put"}


class Played(NamedTuple):
    """What came of all runs: a fault in words or nothing, how many runs there were, and whether these were all."""

    fault: str
    runs: int
    whole: bool


def world(folder: Path) -> list[Path]:
    """The world, compiled once; a CalledProcessError where it is no C."""
    subprocess.run(
        ["gcc", *INCLUDE, "-Wall", "-Wextra", "-Werror", "-c", *map(str, HERE.glob("*.c"))], check=True, cwd=folder
    )
    return sorted(folder.glob("*.o"))


def play(one: Input, function: str, made: list[Path], folder: Path) -> Played:
    """Every run of a function of an input, to the first fault."""
    program = folder / f"{one.folder}_{one.variant}_{function}.c"
    main, stubs = written(one, function)
    program.write_text(main, encoding="utf-8")
    binary, rest = program.with_suffix(""), program.with_name(f"{program.stem}_stubs.c")
    rest.write_text(stubs, encoding="utf-8")
    subprocess.run(["gcc", *INCLUDE, *FILLED, str(program), str(rest), *map(str, made), "-o", str(binary)], check=True)
    done = subprocess.run([str(binary)], capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=120)
    clean = re.search(r"CLEAN (\d+) runs(, not all)?", done.stdout)
    if clean and done.returncode == 0:
        return Played("", int(clean[1]), not clean[2])
    said = re.search(r"FAULT (.*)", done.stdout) or re.search(r"AddressSanitizer: (\S+)", done.stderr)
    assert said, (done.stdout, done.stderr)
    return Played(said[1], 0, False)


def started(one: Input) -> dict[str, bool]:
    """The functions that are called for an input, and whether a run of each is expected to go wrong."""
    found: dict[str, bool] = {}
    for e in one.expected:
        starts = LATER.get(e.function, e.function)
        found[starts] = found.get(starts, False) or bool(e.refuted)
    return found


def written(one: Input, function: str) -> tuple[str, str]:
    """The program: the input with a main that calls the function, and bodies for what the input only declares."""
    items = parse(SourceFile(str(one.path), one.path.read_text(encoding="utf-8"))).items
    functions = [x for x in items if isinstance(x, tree.CFunction)]
    bodies = {x.name for x in functions if x.body is not None}
    called = next(x for x in functions if x.name == function and x.body is not None)
    enums = {x.name for x in items if isinstance(x, tree.CEnum)}
    made = [_argument(p, enums) for p in called.params]
    before = "".join(m[1] for m in made)
    call = f"{function}({', '.join(m[0] for m in made)})"
    given = RETURNED.get(called.result.base) if called.result.stars else None
    if given:
        call = f"{{ {called.result.base} *out = {call}; if (out) {given}(out); }}"
    if called.result.base == "netdev_tx_t":
        call = f"enter_xmit(); {call}; leave_xmit();"
    lines = ['#include "world.h"', f'#include "{one.path}"', *(MORE.get(p.type.base, "") for p in called.params)]
    lines += [f"static {p.type.base} one;" for p in called.params if p.type.base in MADE]
    lines += [f"static void run(void) {{ {before} {call}; }}"]
    lines += ["static void after(void) { " + "".join(MADE.get(p.type.base, ("", ""))[1] for p in called.params) + " }"]
    stubs = ["int choose(int n);", *(_stub(x) for x in functions if x.body is None and x.name not in bodies), ""]
    return "\n".join([*lines, "int main(void) { return play(run, after); }", ""]), "\n".join(stubs)


def _stub(x: tree.CFunction) -> str:
    """A function that the input only declares: it may fail where it returns a number."""
    body = "" if x.result.base == "void" else "return choose(2) ? -22 : 0;"
    return f"{x.result.base} {x.name}() {{ {body} }}"


def _argument(p: tree.CParam, enums: set[str]) -> tuple[str, str]:
    """An argument, and what is done for it before the call."""
    base, stars = p.type.base.removeprefix("const "), p.type.stars
    known = {
        "struct sock": "world_sock()", "struct sk_buff": "arg_skb()", "struct net_device": "arg_dev()",
        "struct dst_entry": "arg_dst(1)", "struct net": "NULL", "char": '"eth0"',
    }  # fmt: skip
    if base in MADE:
        return "&one", f"__builtin_memset(&one, 0, sizeof(one)); {MADE[base][0]}"
    if stars:
        return known.get(base) or "arg_memory(4096)", ""
    numbers = {"int": "choose(3)", "unsigned int": "choose(2) ? choose(4) : 70000", "u32": "choose(2)"}
    return "choose(3)" if base.startswith("enum") or base in enums else numbers.get(base, "choose(2)"), ""
