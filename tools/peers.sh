#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What some tests and the benchmarks need besides Python, on Debian: a C compiler, SPIN, sparse, spatch, Neovim, Emacs, git send-email and Chromium as packages, and CBMC in
# a folder of its own, since the stable distribution has no package of it.
# usage: tools/peers.sh PREFIX     then PREFIX/bin/cbmc is there; what cannot be had is said, and status 1
set -euo pipefail
. "$(dirname "$0")/unstable.sh"
prefix=${1:?usage: peers.sh PREFIX}
mkdir -p "$prefix/bin" && prefix=$(cd "$prefix" && pwd)
missing=0

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

package() { # PROGRAM PACKAGE...: the packages, unless the program is there
  local program=$1
  shift
  command -v "$program" >/dev/null && return
  { as_root apt-get -qq update && as_root apt-get -qq install -y "$@"; } >/dev/null 2>&1 && command -v "$program" >/dev/null && return
  echo "peers: $program could not be installed (packages: $*); its tests are skipped"
  missing=1
}

unpack() { # PACKAGE...
  apt-get -qq "${options[@]}" download "$@"
  for package in ./*.deb; do dpkg -x "$package" "$prefix/root"; done
}

checker() { # from Debian's unstable distribution, with the libraries that it was linked with
  command -v cbmc >/dev/null && return
  with_unstable unpack cbmc libc6 libstdc++6 libgcc-s1 minisat >"$prefix/cbmc.log" 2>&1
  cat >"$prefix/bin/cbmc" <<'EOF'
#!/bin/sh
root=$(dirname "$0")/../root
lib=$(dirname "$root"/usr/lib/*/libc.so.6)
exec "$lib"/ld-linux*.so.* --library-path "$lib:$root/usr/lib" "$root/usr/bin/cbmc" "$@"
EOF
  chmod +x "$prefix/bin/cbmc"
  "$prefix/bin/cbmc" --version >/dev/null 2>&1 && return
  rm "$prefix/bin/cbmc"
  echo "peers: cbmc could not be installed ($prefix/cbmc.log says why); its tests are skipped"
  missing=1
}

PATH="$prefix/bin:$PATH"
package gcc gcc libc6-dev
package spin spin
package sparse sparse
package spatch coccinelle
package nvim neovim
package emacs emacs-nox elpa-eglot
package "$(git --exec-path)/git-send-email" git-email
package chromium chromium
package chromedriver chromium-driver
checker
exit $missing
