#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The networking part of a kernel source, from the linux-source package of Debian's unstable distribution, to be read and not kept here.
# usage: tools/kernel_source.sh DIR     prints the folder of the tree; where it cannot be had, says so and ends with 1
set -euo pipefail
place=${1:?usage: kernel_source.sh DIR}
mkdir -p "$place" && place=$(cd "$place" && pwd)

there() { find "$place" -maxdepth 1 -type d -name 'linux-source-*' -print -quit; }

if [ -z "$(there)" ]; then
  mirror=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    sed -nE 's/^(URIs:|deb( \[.*\])?) +([^ ]+).*/\3/p;' | sed 1q) || true
  apt=$(mktemp -d)
  trap 'rm -rf "$apt"' EXIT
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$apt/sources.list"
  (
    set -e
    cd "$apt"
    options=(-qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$apt/lists"
      -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3)
    apt-get "${options[@]}" update
    package=$(apt-cache "${options[@]:1}" depends linux-source | awk '/Depends: linux-source-/ {print $2; exit}')
    apt-get "${options[@]}" download "$package"
    dpkg -x ./*.deb unpacked
    tar -C "$place" -xf unpacked/usr/src/linux-source-*.tar.xz --wildcards '*/net/*' '*/drivers/net' '*/include/*'
  ) >"$place/log" 2>&1 || true
fi
if [ -z "$(there)" ]; then
  echo "kernel: the linux-source package cannot be had ($place/log); nothing of a kernel is verified"
  exit 1
fi
there
