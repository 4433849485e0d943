# SPDX-License-Identifier: GPL-2.0-only
"""The folder in which verdicts are kept: entries by kind and key, each sealed with a code of this user's own.

An entry is one file: a line with its seal, then compressed JSON.  The seal is a keyed BLAKE2b (RFC 7693) over kind, key
and content, with a secret that lies outside of the store, so that an entry of somebody else, or one that was changed
or moved, is told from one that this user wrote.  `get` says which of the two it is, and the caller decides what a
foreign one is worth.  Whatever cannot be read as an entry is none.

Writing is write beside, then rename: who reads meets a whole entry or none, with any number of writers.  What a crash
of the machine tears has no right seal, or cannot be unpacked, and is none either; that is why nothing waits for the disk.
A store that cannot be written does not stop a run; `trouble` says why, once.
"""

import contextlib
import json
import os
import time
import zlib
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path

from refcheck.base.named import NamedTuple

MAGIC = "refcheck-store 1"
MOST_BYTES = 512 << 20
_LARGEST = 64 << 20
_SECRET_BYTES = 32
# Seconds after which what was not renamed belongs to a run that was killed.
_HALF_WRITTEN = 3600


class Entry(NamedTuple):
    """What was found under a key; `own` tells whether this user's refcheck wrote it, and nobody changed it since."""

    data: dict[str, object]
    own: bool


class Usage(NamedTuple):
    """How much a store holds."""

    entries: int
    size: int


def cache_folder() -> Path:
    """Where the store is unless the user says otherwise: XDG_CACHE_HOME/refcheck."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), "refcheck")


def secret_file() -> Path:
    """Where the secret of the seals is: XDG_DATA_HOME/refcheck/store.key, away from the store, which may be shared."""
    base = os.environ.get("XDG_DATA_HOME", "")
    return Path(base if os.path.isabs(base) else os.path.expanduser("~/.local/share"), "refcheck", "store.key")


class Store:
    """One store; `trouble` is why it could not be written, empty while it could."""

    def __init__(self, folder: Path, secret: Path | None = None, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self.trouble = ""
        self.written = 0
        self._most = most_bytes
        self._secret_file = secret or secret_file()
        self._secret: bytes | None = None

    def get(self, kind: str, key: str) -> Entry | None:
        """The entry under a key; None if there is none that can be read."""
        try:
            with open(self._path(kind, key), "rb") as f:
                raw = f.read(_LARGEST + 1)
        except OSError:
            return None
        head, _, body = raw.partition(b"\n")
        try:
            unpacked = zlib.decompressobj()
            data = json.loads(unpacked.decompress(body, _LARGEST))
        except (ValueError, zlib.error, RecursionError):
            return None
        if not isinstance(data, dict):
            return None
        return Entry(data, self._same(head, self._seal(kind, key, body)))

    def put(self, kind: str, key: str, data: dict[str, object]) -> None:
        """Write an entry; a failure is noted in `trouble`, and nothing is tried again."""
        if self.trouble:
            return
        body = zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 1)
        if len(body) > _LARGEST:
            return
        path = self._path(kind, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_beside(path, self._seal(kind, key, body) + b"\n" + body)
            self.written += 1
        except OSError as e:
            self.trouble = e.strerror or str(e)

    def tidy(self) -> None:
        """Delete the oldest entries until the store is within its bound, and what a killed run left half written."""
        for written, _, path in self._files():
            if os.path.basename(path).startswith(".") and written < time.time() - _HALF_WRITTEN:
                _unlink(path)
        found = sorted(self._files())
        total = sum(size for _, size, _ in found)
        for _, size, path in found:
            if total <= self._most:
                break
            _unlink(path)
            total -= size

    def usage(self) -> Usage:
        """How many entries there are, and their size."""
        found = self._files()
        return Usage(len(found), sum(size for _, size, _ in found))

    def clear(self) -> Usage:
        """Delete every entry; says what was there."""
        found = self._files()
        for _, _, path in found:
            _unlink(path)
        return Usage(len(found), sum(size for _, size, _ in found))

    def _files(self) -> list[tuple[float, int, str]]:
        """(time of writing, size, path) of all entries; nothing else below the folder is looked at."""
        found: list[tuple[float, int, str]] = []
        for kind in _names(str(self.folder / "v1")):
            for part in _names(kind):
                for path in _names(part):
                    try:
                        seen = os.stat(path)
                    except OSError:
                        continue
                    found.append((seen.st_mtime, seen.st_size, path))
        return found

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / "v1" / kind / key[:2] / key[2:]

    def _seal(self, kind: str, key: str, body: bytes) -> bytes:
        """The first line of an entry; without a secret it is a seal that nobody accepts."""
        secret = self._read_secret()
        mac = blake2b(f"{kind}/{key}\n".encode() + body, key=secret, digest_size=32).hexdigest() if secret else "none"
        return f"{MAGIC} {mac}".encode()

    def _same(self, found: bytes, wanted: bytes) -> bool:
        return bool(self._read_secret()) and compare_digest(found, wanted)

    def _read_secret(self) -> bytes:
        """The user's secret, made at its first use; empty where the home cannot hold one that others cannot read."""
        if self._secret is None:
            self._secret = _load_secret(self._secret_file) or _make_secret(self._secret_file)
        return self._secret


def _load_secret(path: Path) -> bytes:
    """The secret; empty if there is none, or if it belongs to or can be read by others."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return b""
    with open(fd, "rb") as f:
        seen = os.fstat(fd)
        shared = bool(seen.st_mode & 0o077) or (hasattr(os, "getuid") and seen.st_uid != os.getuid())
        secret = f.read(_SECRET_BYTES + 1)
    return b"" if shared or len(secret) != _SECRET_BYTES else secret


def _make_secret(path: Path) -> bytes:
    """A new secret in place of none or a bad one; of several processes that try, the first one's is everybody's."""
    beside = path.parent / f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_beside(beside, os.urandom(_SECRET_BYTES))
        if path.exists() and not _load_secret(path):
            os.unlink(path)
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    except OSError:
        return b""
    finally:
        _unlink(str(beside))
    return _load_secret(path)


def _write_beside(path: Path, content: bytes) -> None:
    """All of the content or nothing, readable by the user alone; OSError where that cannot be done."""
    beside = path.parent / f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}"
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(fd, "wb") as f:
            f.write(content)
        os.replace(beside, path)
    except BaseException:
        _unlink(str(beside))
        raise


def _names(folder: str) -> list[str]:
    """What is in a folder, with its path; nothing if it is no folder that can be read."""
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        return []


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
