"""Import a return of any kind, which is told by what its files are, unless it is said."""

from datetime import date
from enum import StrEnum
from pathlib import Path

from csc_measures.contract.rules import Refused
from csc_measures.returns.annex_a.files import SUFFIXES
from csc_measures.returns.annex_a.importing import MONTHS, import_annex_a
from csc_measures.returns.cin.files import is_census
from csc_measures.returns.cin.importing import import_cin
from csc_measures.returns.report import ImportReport
from csc_measures.returns.ssda903.importing import import_ssda903
from csc_measures.stop import ExitCode, Stop


class Kind(StrEnum):
    """A kind of return."""

    SSDA903 = "ssda903"
    CIN = "cin"
    ANNEX_A = "annex-a"


def import_return(
    path: Path,
    landing_dir: Path,
    *,
    kind: Kind | None = None,
    year: int | None = None,
    as_at: date | None = None,
    months: int | None = None,
) -> ImportReport:
    """
    Write the return at `path`, a file or a folder, as extracts into `landing_dir`, which becomes its own.

    `year` is the year ending 31 March when the return does not say it, `months` how many the lists of an
    Annex A reach back. `as_at` is the day on which an Annex A was made; of others, dates after it are told.
    Raises Stop as the import of the kind does, and (60) when it cannot be told which kind it is.
    """
    kind = kind or kind_of(path)
    if kind == Kind.ANNEX_A:
        return import_annex_a(path, landing_dir, as_at=as_at, months=months or MONTHS)
    import_of_years = import_cin if kind == Kind.CIN else import_ssda903
    return import_of_years(path, landing_dir, year=year, as_at=as_at)


def kind_of(path: Path) -> Kind:
    """Tell by a file, or by the files of a folder, which kind of return it is. Raises Stop (60)."""
    paths = sorted(path.iterdir()) if path.is_dir() else [path]
    kinds = {kind for kind in map(_kind_of_file, paths) if kind}
    if len(kinds) == 1:
        return kinds.pop()
    raise Stop(
        ExitCode.WRONG_SETTINGS,
        "There are returns of more than one kind." if kinds else "There is no return.",
        [str(path)],
        f"Say which kind it is, before its place: measures import {'|'.join(Kind)} PATH.",
    )


def _kind_of_file(path: Path) -> Kind | None:
    suffix = path.suffix.lower()
    if not path.is_file() or path.name.startswith((".", "~$")):
        return None
    if suffix in SUFFIXES:
        return Kind.ANNEX_A
    if suffix == ".csv":
        return Kind.SSDA903
    if suffix == ".xml":
        try:
            return Kind.CIN if is_census(path) else Kind.SSDA903
        except Refused as refused:
            raise Stop(
                ExitCode.EXTRACTS_REFUSED,
                "The return is refused: a file of it cannot be used.",
                [str(refusal) for refusal in refused.refusals],
                "Put this right, then import again. Nothing was written.",
            ) from None
    return None
