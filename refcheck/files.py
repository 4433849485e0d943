"""Which model files paths name, and how a run over them is split into shards; nothing of the parser is imported."""

from pathlib import Path

from refcheck.diagnostics import InputError, error
from refcheck.named import NamedTuple
from refcheck.reading import inside
from refcheck.store.keys import digest


class Part(NamedTuple):
    """Part `number` of `total` (from 1): the functions whose digest says so, whatever is in them."""

    number: int
    total: int

    def has(self, path: str, function: str) -> bool:
        """Whether a function of a model is in this part; every function is in one of `total` parts."""
        where = Path(path).as_posix()
        return int(digest(where, function), 16) % self.total == self.number - 1


def model_files(paths: list[Path]) -> list[Path]:
    """The .rc files that paths name: files as they are, folders with all below them, in a stable order."""
    found: list[Path] = []
    for path in paths:
        try:
            folder = path.is_dir()
        except (OSError, ValueError) as e:
            raise InputError([error("unreadable-file", f"a path cannot be read: {e}", help_text="check it")]) from None
        if folder:
            below = sorted(p for p in path.rglob("*.rc") if p.is_file())
            if not below:
                text = f"there is no .rc file below `{path}`"
                raise InputError([error("usage", text, help_text="name a model or a folder with models")])
            astray = [p for p in below if not inside(p, path)]
            if astray:
                text = f"`{astray[0]}` is a link that leaves `{path}`"
                raise InputError([error("unreadable-file", text, help_text="name the file that it leads to")])
            found += below
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def parse_part(text: str) -> Part:
    """The part that `K/N` means; InputError where it means none."""
    first, slash, second = text.partition("/")
    if slash and first.isascii() and first.isdigit() and second.isascii() and second.isdigit() and len(text) < 20:
        part = Part(int(first), int(second))
        if 1 <= part.number <= part.total:
            return part
    help_text = "write K/N with K from 1 to N: --shard 2/4"
    raise InputError([error("usage", f"`{text}` is no part of a run", help_text=help_text)])
