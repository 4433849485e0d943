# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck certify`: check certificates without the prover, and ask other solvers about them."""

import json
import sys
from pathlib import Path

from refcheck.base.diagnostics import InputError, error, install
from refcheck.cli.base import LONGEST, command, echo, flag, form_option, many, option, specs_option, timeout_option, visible
from refcheck.cli.certificates import not_written
from refcheck.render.certificates import data, lines, status, totals
from refcheck.run.certificates import CheckedCertificate, certificates, check, missing, place, put
from refcheck.verdict.check import Refusal


@command(
    option("paths", nargs="+", type=Path, metavar="PATH", help="A certificate, or a folder with certificates below it."),
    specs_option,
    option("--models", type=Path, metavar="DIR", help="Look for the models here."),
    many(
        "--complete", type=Path, metavar="PATH",
        help="Every function of these models must have a certificate (repeatable).",
    ),
    option("--smt2", type=Path, metavar="DIR", help="Write the obligations as SMT-LIB 2."),
    option("--solver", choices=("z3", "cvc5", "both"), help="Let solvers confirm the obligations."),
    timeout_option,
    form_option("text", "json"),
    flag("-q", "--quiet", help="Only what is not confirmed, and the totals."),
)
def certify(
    paths: tuple[Path, ...], specs: Path | None, models: Path | None, complete: tuple[Path, ...], smt2: Path | None,
    solver: str | None, timeout: float, form: str, quiet: bool,
) -> None:  # fmt: skip
    """Check certificates that `verify --certify` wrote, without the prover; status 1 if one is not confirmed."""
    for folder, name in ((specs, "--specs"), (models, "--models")):
        if folder is not None and not folder.is_dir():
            raise _usage(f"`{folder}` is no folder", f"{name} names a folder")
    if not 0 <= timeout < LONGEST:
        raise _usage("the limit makes no sense", "limits are 0 (none) or more")
    files = certificates(_existing(paths))
    if not files:
        raise _usage("there is no certificate to check", "write some with `refcheck verify --certify DIR PATH...`")
    solvers = {None: (), "both": ("z3", "cvc5")}.get(solver, (str(solver),))
    _check_solvers(solvers)
    checked = []
    for file in files:
        checked.append(_obligations(check(file, models, specs, _unsat), solvers, timeout, smt2))
        for line in lines(checked[-1], quiet) if form == "text" else ():
            echo(visible(line))
    lacking = missing(_existing(complete), specs, checked)
    for line in totals(checked, lacking) if form == "text" else [json.dumps(data(checked, lacking), indent=2)]:
        echo(visible(line))
    sys.exit(status(checked, lacking))


def _unsat(script: str) -> bool:
    """What Z3 says of a lemma; few certificates have any."""
    from refcheck.prove.solver import unsat  # noqa: PLC0415  certificates are checked without the prover

    return unsat(script)


def _usage(text: str, help_text: str) -> InputError:
    return InputError([error("usage", text, help_text=help_text)])


def _existing(paths: tuple[Path, ...]) -> list[Path]:
    for path in paths:
        try:
            path.stat()
        except OSError as e:
            raise _usage(f"`{path}` cannot be read: {e.strerror or e}", "check the path") from None
    return list(paths)


def _check_solvers(solvers: tuple[str, ...]) -> None:
    """Refuse to start without a solver that was asked for."""
    if solvers:
        from refcheck.prove.confirm import available  # noqa: PLC0415  certificates are checked without the prover

        for name in solvers:
            if not available(name):
                raise _usage(f"{name} is not installed", install("cvc5"))  # Z3 always is


def _obligations(one: CheckedCertificate, solvers: tuple[str, ...], timeout: float, smt2: Path | None) -> CheckedCertificate:
    """The same with what solvers say, where it was confirmed; its obligations go to a file where that was asked for."""
    if one.subject is None or one.document is None or isinstance(one.answer, Refusal) or not (solvers or smt2):
        return one
    from refcheck.prove.confirm import ask, claimed  # noqa: PLC0415  certificates are checked without the prover
    from refcheck.prove.queries import text  # noqa: PLC0415  the same

    cfg, certificate, claims = one.subject.cfg, one.answer.certificate, claimed(one.document.verdicts)
    if smt2 is not None:
        try:
            put(place(smt2, one.subject.model, cfg.function, cfg.entry, ".smt2"), text(cfg, certificate, claims))
        except OSError as e:
            raise not_written(smt2, e) from None
    return one._replace(opinions=ask(cfg, certificate, claims, solvers, timeout))
