#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The networking part of a kernel source, from the linux-source package of Debian's unstable distribution, to be read and not kept here.
# usage: tools/kernel_source.sh DIR     prints the folder of the tree; where it cannot be had, says so and ends with 1
set -euo pipefail
. "$(dirname "$0")/unstable.sh"
place=${1:?usage: kernel_source.sh DIR}
mkdir -p "$place" && place=$(cd "$place" && pwd)

there() { find "$place" -maxdepth 1 -type d -name 'linux-source-*' -print -quit; }

unpack() { # what the package of the newest source depends on
  local package
  package=$(apt-cache "${options[@]}" depends linux-source | awk '/Depends: linux-source-/ {print $2; exit}')
  apt-get -qq "${options[@]}" download "$package"
  dpkg -x ./*.deb unpacked
  tar -C "$place" -xf unpacked/usr/src/linux-source-*.tar.xz --wildcards '*/net/*' '*/drivers/net' '*/include/*'
}

[ -n "$(there)" ] || with_unstable unpack >"$place/log" 2>&1
if [ -z "$(there)" ]; then
  echo "kernel: the linux-source package cannot be had ($place/log); nothing of a kernel is verified"
  exit 1
fi
there
