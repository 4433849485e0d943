# SPDX-License-Identifier: GPL-2.0-only
"""What a shell may offer for the word under the cursor, and the scripts that make bash, zsh and fish ask for it.

`_REFCHECK_COMPLETE=SHELL_source refcheck` prints the script; it calls `_REFCHECK_COMPLETE=SHELL_complete refcheck` with
the words in COMP_WORDS and the number of the one under the cursor in COMP_CWORD.  Each line of the answer is
`plain,WORD`, or `file,` where any path fits.
"""

import shlex
from collections.abc import Callable, Mapping

from refcheck.cli.base import Command, Option

_SCRIPTS = {
    "bash": """_refcheck_complete() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case "$line" in
            file,*) compopt -o default ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done < <(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" _REFCHECK_COMPLETE=bash_complete "$1")
}
complete -F _refcheck_complete refcheck
""",
    "zsh": """#compdef refcheck
_refcheck() {
    local line answer
    local -a found
    answer="$(COMP_WORDS="${words[*]}" COMP_CWORD="$((CURRENT - 1))" _REFCHECK_COMPLETE=zsh_complete refcheck)"
    for line in "${(@f)answer}"; do
        case "$line" in
            file,*) _files ;;
            plain,*) found+=("${line#plain,}") ;;
        esac
    done
    compadd -a found
}
compdef _refcheck refcheck
""",
    "fish": """function _refcheck
    set -l before (commandline -opc)
    for line in (COMP_WORDS="$before "(commandline -ct) COMP_CWORD=(count $before) _REFCHECK_COMPLETE=fish_complete refcheck)
        switch $line
            case 'file,*'
                __fish_complete_path (commandline -ct)
            case 'plain,*'
                string replace 'plain,' '' -- $line
        end
    end
end
complete --no-files --command refcheck --arguments '(_refcheck)'
""",
}


def complete(environment: Mapping[str, str], names: list[str], command: Callable[[str], Command]) -> str:
    """The script or the offers that the environment asks for; empty where it asks for something else."""
    shell, _, what = environment["_REFCHECK_COMPLETE"].partition("_")
    if shell not in _SCRIPTS:
        return ""
    if what == "source":
        return _SCRIPTS[shell]
    place = environment.get("COMP_CWORD", "")
    words = _split(environment.get("COMP_WORDS", ""))
    at = int(place) if place.isdecimal() else len(words)
    return "".join(f"{o}\n" for o in offers(words[1:at], "".join(words[at : at + 1]), names, command))


def _split(line: str) -> list[str]:
    """The words of a line, of which a quote may still be open."""
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def offers(before: list[str], begun: str, names: list[str], command: Callable[[str], Command]) -> list[str]:
    """What fits after some words for one that is begun."""
    name = next((n for n in names if before[: len(n.split())] == n.split()), "")
    if not name:
        at = len(before)
        fit = dict.fromkeys(n.split()[at] for n in names if n.split()[:at] == before and len(n.split()) > at)
        return [f"plain,{n}" for n in fit if n.startswith(begun)]
    options = command(name).options
    valued = {n: o for o in options for n in o.names if n.startswith("-") and o.settings.get("action") != "store_true"}
    last = before[-1]
    if last in valued:
        return _values(valued[last], begun)
    if begun.startswith("-"):
        return [f"plain,{n}" for o in options for n in o.names if n.startswith("--") and n.startswith(begun)]
    return ["file,"] if any(o.settings.get("type") for o in options if not o.names[0].startswith("-")) else []


def _values(one: Option, begun: str) -> list[str]:
    """The values of an option."""
    choices = one.settings.get("choices")
    if choices:
        return [f"plain,{c}" for c in choices if c.startswith(begun)]
    return ["file,"] if one.settings["metavar"] in ("DIR", "PATH") else []
