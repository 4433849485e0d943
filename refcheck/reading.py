"""Reading what others may have put there: regular files of bounded size, inside of the folder in which they stand.

A pipe would be waited for, a device can be read for ever, and a link can lead to a file whose lines are nobody's business.
"""

import errno
import os
import stat
from pathlib import Path

MAX_SOURCE = 8 << 20


def read_regular(path: Path | str, most: int) -> bytes:
    """The content of a regular file; OSError where it is none, has more than `most` bytes, or cannot be read."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        data = b""
        while len(data) <= most and (more := os.read(handle, min(about.st_size, most - len(data)) + 1)):
            data = data + more if data else more
    finally:
        os.close(handle)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MiB")
    return data


def below(path: str, folder: str) -> str | None:
    """The rest of a path behind a folder; None where it is not below it.  Links are not followed."""
    start = folder if folder.endswith(os.sep) else folder + os.sep
    return path[len(start) :] if path.startswith(start) else None


def inside(path: Path, folder: Path) -> bool:
    """The file is below the folder, wherever links lead."""
    there, place = os.path.realpath(path), os.path.realpath(folder)
    return there == place or below(there, place) is not None
