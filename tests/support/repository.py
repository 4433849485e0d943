# SPDX-License-Identifier: GPL-2.0-only
"""Scratch repositories, and a model with a known leak to put there."""

import os
import subprocess
from pathlib import Path

LEAKS = """use "route.spec", "b.spec";
source "net/b.c", "v6.19";

int leaks() expect refuted(leaked-ref)
{
	dst rt = ip_route_output_key();
	bool ok;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	rcu_read_lock();
	ok = may_send(rt);
	rcu_read_unlock();
	if (!ok)
		return -EACCES;
	dst_release(rt);
	return 0;
}

void borrows(dst d) __must_hold(rcu)
{
	use(d);
	strict(d);
}
"""


def git(where: Path, *args: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    told = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]
    ran = subprocess.run(["git", *told, *args], cwd=where, check=True, capture_output=True, text=True, env=env)
    return ran.stdout.strip()


def commit(where: Path, words: str = "words") -> None:
    """All that is in a work tree, as a commit."""
    git(where, "add", "-A")
    git(where, "commit", "-q", "-m", words)
