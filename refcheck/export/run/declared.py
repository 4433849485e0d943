# SPDX-License-Identifier: GPL-2.0-only
"""What a unit declares, as tables of the generated program: resources, contexts, facts, entry contexts, enums, guards."""

from refcheck.export.run.contracts import ContractWriter
from refcheck.export.run.names import STATE, mask, quoted


def resources(t: ContractWriter) -> list[str]:
    """The resources with their slots."""
    rows = []
    for r in t.d.resources.values():
        slots = ", ".join(f"{{ {quoted(s.name)}, {t.resources.index(s.target)}, {int(s.published)} }}" for s in r.slots)
        after = t.facts.index(r.freed_after) if r.freed_after else -1
        rows.append(f"{{ {quoted(r.name)}, {after}, {int(r.shared)}, {len(r.slots)}, {{ {slots} }} }}")
    return _array(t, "struct rc_resource", "resources", rows)


def facts(t: ContractWriter) -> list[str]:
    """The facts, each with its contexts; those that a grace period waits for are reader sections."""
    contexts = t.d.contexts
    reading = {c for r in t.d.resources.values() if r.freed_after for c in t.d.facts[r.freed_after]}
    rows = [
        f"{{ {quoted(f)}, {mask([contexts.index(c) for c in parts])}, {int(bool(reading & set(parts)))} }}"
        for f, parts in t.d.facts.items()
    ]
    return _array(t, "struct rc_fact", "facts", rows)


def names(t: ContractWriter, what: str, found: list[str]) -> list[str]:
    """A list of names."""
    return _array(t, "char *const", what, list(map(quoted, found)))


def entries(t: ContractWriter) -> list[str]:
    """The named entry contexts."""
    lines = []
    for e in t.d.entries.values():
        held = [str(t.d.contexts.index(c)) for c in e.holds]
        slots = [
            f"{{ {t.resources.index(r)}, {t.slot(r, s)}, {sum(1 << STATE[x] for x in states)} }}" for r, s, states in e.slots
        ]
        lines += _array(t, "int", f"held_{e.name}", held) + _array(t, "struct rc_entry_slot", f"slots_{e.name}", slots)
        parts = f"{quoted(e.name)}, {len(held)}, {t.prefix}held_{e.name}, {len(slots)}, {t.prefix}slots_{e.name}"
        lines.append(f"static const struct rc_entry {t.prefix}entry_{e.name} = {{ {parts} }};")
    return lines


def enums(t: ContractWriter) -> list[str]:
    """The enums, which are C's."""
    lines = []
    for e in t.d.enums.values():
        lines.append(f"enum {t.prefix}e_{e.name} {{ {', '.join(f'{t.prefix}E_{m}' for m in e.members)} }};")
        lines.append(f"typedef struct {{ bool set; enum {t.prefix}e_{e.name} v; }} {t.prefix}cell_{e.name};")
    return lines


def guards(t: ContractWriter, used: set[str]) -> list[str]:
    """What ends the scope of each guard that is used, at the line where its block is left."""
    return [
        f"static void {t.prefix}end_{g.name}(struct rc_guard *g)"
        f" {{ int at = rc.exit; rc_guard_ends(g); {t.prefix}f_{g.unlock}(at); rc.exit = at; }}"
        for g in t.d.guards.values() if g.name in used
    ]  # fmt: skip


def _array(t: ContractWriter, kind: str, name: str, rows: list[str]) -> list[str]:
    """An array; C has none without elements."""
    return [f"static const {kind} {t.prefix}{name}[{max(1, len(rows))}] = {{ {', '.join(rows) or '0'} }};"]
