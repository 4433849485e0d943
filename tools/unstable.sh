# SPDX-License-Identifier: GPL-2.0-only
# To be sourced: Debian's unstable distribution beside the one that is installed, which stays as it is.

with_unstable() { # COMMAND...: run in a folder that goes away behind it, where apt-get and apt-cache "${options[@]}" know that distribution
  local apt mirror
  mirror=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    sed -nE 's/^(URIs:|deb( \[.*\])?) +([^ ]+).*/\3/p;' | sed 1q) || true
  apt=$(mktemp -d)
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$apt/sources.list"
  (
    set -e
    cd "$apt"
    options=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$apt/lists"
      -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3)
    apt-get -qq "${options[@]}" update
    "$@"
  ) || true
  rm -rf "$apt"
}
