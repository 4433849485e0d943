# SPDX-License-Identifier: GPL-2.0-only
"""The same functions as C: compiled once, each run on its tapes."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from as_c.programs import DECLARED

if TYPE_CHECKING:
    from pathlib import Path

HEAD = r"""
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* A guard is a variable whose end unlocks; a scoped one lives in a loop of one round. */
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define LOCKED(name, var) \
    __attribute__((cleanup(name##_end))) struct name##_held var = name##_begin
#define guard(name) LOCKED(name, JOIN(guard_, __COUNTER__))
#define scoped_guard(name) \
    for (LOCKED(name, scope)(), *once = &scope; once; once = NULL)

static const int *tape;
static void say(const char *word) { printf(" %s", word); }
static int level_a, level_b;

#define LOCK(name) \
    struct name##_held { int there; }; \
    static void name##_lock(void) { say(#name "_lock"); level_##name++; } \
    static void name##_unlock(void) { say(#name "_unlock"); level_##name--; } \
    static struct name##_held name##_begin(void) { name##_lock(); return (struct name##_held){ 1 }; } \
    static void name##_end(struct name##_held *held) { if (held->there == 1) name##_unlock(); } \
    static void need_##name(void) { say("need_" #name); if (!level_##name) say("need_" #name "!"); }
LOCK(a)
LOCK(b)
static bool more(void) { say("more"); return *tape++; }
static int num(void) { say("num"); return *tape++; }
static int set(int *x) { say("set"); *x = 1; return 0; }
static void m0(void) { say("m0"); }
static void m1(void) { say("m1"); }
static void m2(void) { say("m2"); }
enum kind { A, B, C };
static void two(int x, bool y) { say("two"); }
static void of(enum kind k) { say("of"); }
"""


def _bodies() -> str:
    """The functions among the declarations that have a body: they are C as they stand."""
    return "\n".join(line for line in DECLARED.splitlines() if re.match(r"\w[\w ]* \w+\([^)]*\) \{", line))


def outputs(functions: dict[str, str], runs: list[tuple[str, tuple[int, ...]]], folder: Path) -> list[tuple[list[str], int]]:
    """For each run (a function and a tape) the words that it says, and the number that it returns."""
    main = ["int main(void)", "{"]
    tapes = []
    for i, (name, tape) in enumerate(runs):
        tapes.append(f"static const int tape_{i}[] = {{ {', '.join(map(str, (*tape, 0)))} }};")
        main.append(f'\ttape = tape_{i}; printf(" %d\\n", {name}());')
    text = "\n".join([HEAD, _bodies(), *functions.values(), *tapes, *main, "\treturn 0;", "}", ""])
    (folder / "programs.c").write_text(text, encoding="utf-8")
    command = ["gcc", "-std=gnu2x", "-O1", "-w", "-o", "programs", "programs.c"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    ran = subprocess.run([folder / "programs"], check=True, capture_output=True, text=True, timeout=60)
    found = [line.split() for line in ran.stdout.splitlines()]
    return [(words[:-1], int(words[-1])) for words in found]
