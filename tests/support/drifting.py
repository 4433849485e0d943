# SPDX-License-Identifier: GPL-2.0-only
"""A small tree with one C file, a spec for it, and models of it: what the tests of drift compare."""

from pathlib import Path

from refcheck.drift.compare import Against, drift
from refcheck.result.drift import Difference, Drift, FunctionDrift
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared

SPEC = """
context held;
fact held_now = held;
resource thing { c "struct thing"; }
thing thing_get() { ok: return hold; none: return NULL; }
thing thing_find() { ok: return hold; fail: return ERR_PTR(-ENOENT | -EINVAL); }
void thing_put(thing t __nullable) { ok: release t; }
void thing_free(thing t __nullable) { ok: release t; }
int thing_send(thing t) { sent: consume t, return 0; kept: return < 0; }
int thing_push(thing t) { gone: consume t, return any; }
void thing_join(thing t, thing u) { ok: consume t, use u; }
bool thing_ready(thing t) { ok: use t, return any; }
void thing_reset(thing t) { ok: use t, revoke held; }
void lock() { ok: enter held; }
void unlock() { ok: leave held; }
guard held = lock, unlock;
"""

HEAD = """
struct thing { int n; struct thing *next; };
struct box { int size; struct thing *first; };
struct thing *thing_get(void);
struct thing *thing_find(void);
void thing_put(struct thing *t);
void thing_free(struct thing *t);
int thing_send(struct thing *t);
int thing_push(struct thing *t);
void thing_join(struct thing *t, struct thing *u);
bool thing_ready(struct thing *t);
void thing_reset(struct thing *t);
void lock(void);
void unlock(void);
"""
LINES = HEAD.count("\n")


class Tree:
    """A tree below a folder: C text under a name, and models that name it."""

    def __init__(self, folder: Path) -> None:
        self.root, self.models = folder / "tree", folder / "models"
        for place in (self.root / "net", self.models / "specs"):
            place.mkdir(parents=True)
        (self.models / "specs" / "thing.spec").write_text(SPEC)

    def source(self, text: str, name: str = "net/thing.c") -> Path:
        """A C file, behind the declarations that all of them need."""
        path = self.root / name
        path.write_text(HEAD + text)
        return path

    def model(self, text: str, name: str = "thing.rc", sources: tuple[str, ...] = ("net/thing.c",)) -> Path:
        """A model of one or more files."""
        notes = "".join(f'source "{s}", "v1";\n' for s in sources)
        path = self.models / name
        path.write_text(f'use "thing.spec";\n{notes}{text}')
        return path

    def against(self) -> Against:
        """The tree, as the command has it."""
        options = Options(self.models / "specs", tree=self.root, contracts="thing.spec")
        return Against(self.root, options, None, Shared())

    def drift(self, *models: Path) -> Drift:
        """What is found."""
        return drift(list(models), self.against())

    def compared(self, c: str, model: str) -> FunctionDrift:
        """One function of a model against its source."""
        self.source(c)
        found = self.drift(self.model(model))
        assert found.problems == ()
        assert len(found.functions) == 1, [f.function for f in found.functions]
        return found.functions[0]


def words(d: Difference, side: str) -> list[str]:
    """The words of one side of a path."""
    return [text for row in d.rows if (text := getattr(row, side))]
