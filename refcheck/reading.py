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
    with open(handle, "rb") as f:
        if not stat.S_ISREG(os.fstat(f.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        data = f.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MiB")
    return data


def inside(path: Path, folder: Path) -> bool:
    """The file is below the folder, wherever links lead."""
    return path.resolve().is_relative_to(folder.resolve())
