# SPDX-License-Identifier: GPL-2.0-only
"""Error codes by name and number, as the kernel has them (include/uapi/asm-generic/errno.h, include/linux/errno.h)."""

import errno

# Codes that the kernel has and user space has not (include/linux/errno.h).
_KERNEL = {"ERESTARTSYS": 512, "ENOIOCTLCMD": 515, "EPROBE_DEFER": 517, "ENOTSUPP": 524, "EIOCBQUEUED": 529}
ERRNO: dict[str, int] = {n: v for n, v in vars(errno).items() if n.startswith("E") and isinstance(v, int)} | _KERNEL
ERRNO_NAME: dict[int, str] = {-number: name for name, number in reversed(ERRNO.items())}
ERRNO_NAME |= {-errno.EAGAIN: "EAGAIN", -errno.EOPNOTSUPP: "EOPNOTSUPP", -errno.EDEADLK: "EDEADLK"}
