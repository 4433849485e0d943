#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# References and sections, for the patch tests of netdev's CI (tests/patch/refcheck): the tree has the patch on top, what is said
# in one line goes to DESC_FD, all of it to the standard output; 0 is fine, 250 a warning, 1 a failure.

report=$(mktemp)
trap 'rm -f "$report"' EXIT

refcheck review HEAD~1..HEAD --tree . --possible --format gcc >"$report"
status=$?
cat "$report"
certain=$(grep -c ', certain\]$' "$report")
first=$(grep -m 1 ' warning: ' "$report" | sed 's/^[^ ]* warning: //')

case $status in
0) desc="references and sections are as before" ret=0 ;;
1) desc="$(grep -c ' warning: ' "$report") findings: $first" ret=250 ;;
3) desc="not all of what the patch changes could be decided" ret=250 ;;
*) desc="refcheck could not look at the patch (status $status)" ret=250 ;;
esac
[ "$certain" -gt 0 ] && ret=1

echo "$desc" >&"$DESC_FD"
exit $ret
