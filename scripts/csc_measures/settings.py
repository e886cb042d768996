"""
Read the settings of a run from the environment, and stop with an exit code when something is wrong.

The settings and the exit codes are those of the contract ("The run").
"""

import difflib
import grp
import hmac
import os
import re
import shlex
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from csc_measures import memory
from csc_measures.contract.extracts import read_contract
from csc_measures.project import LONDON, PROJECT
from csc_measures.stop import ExitCode, Stop

MOST_MONTHS = 240
EVIDENCE_DETAILS = ("full", "coarse")
SHOWN, HIDDEN = "shown", "hidden"
DUCKDB, SPARK = "duckdb", "spark"
LEAST_SMALL_NUMBER = 2  # were 1 alone small, whatever is hidden would be 1
KEY, KEY_FILE = "CSC_PSEUDONYM_KEY", "CSC_PSEUDONYM_KEY_FILE"
LEAST_KEY_BYTES = 32  # as long as the hash: a shorter key is weaker than HMAC-SHA256 can be (RFC 2104, 3)
LEAST_DIFFERENT_BYTES = 8  # what has fewer is a placeholder
MOST_SECRET_BYTES = 4096
OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
DEMO_KEY = b"the fixed key of the invented council"
DEMO_LANDING = Path("demo/landing")
AGREEMENT = "CSC_AGREEMENT_DIR"
ENCRYPTED_DISK, REQUIRED = "CSC_ENCRYPTED_DISK", "required"
DEMO_AGREEMENT = Path("demo/agreement")
DEMO_AUTHORITIES = Path("demo/authorities")
AUTHORITIES = "authorities"
"""Folder of a region's warehouse, with the warehouse of each authority in a folder of its code."""
AUTHORITY_CODE = re.compile(r"[0-9]{3}")
MAKE_A_KEY = f"""Make a key once and keep it, since another changes every pseudonym. Type:
  (umask 077 && python3 -c 'import secrets; print(secrets.token_hex())' > pseudonym.key)
  export {KEY_FILE}=pseudonym.key"""


@dataclass(frozen=True)
class Council:
    """Whose pages they are: the name in their head and the colour below it, as `#rrggbb`."""

    name: str = "Children's services"
    colour: str = "#1d70b8"


@dataclass(frozen=True)
class Settings:
    """
    The settings of one run. The key is kept out of every printed form.

    Only the demo may begin a warehouse with the key that it publishes (`is_demo`). The groups that may read
    what is published are those of the system, by number.
    """

    landing_dir: Path
    warehouse_dir: Path
    as_at: date
    months: int
    authority: str
    allow_missing: tuple[str, ...]
    pseudonym_key: bytes = field(repr=False)
    keep_raw_runs: int = 1
    evidence_detail: str = "full"
    is_demo: bool = False
    max_loss: float = 0.5
    max_change: float = 0.4
    max_lag: int = 31
    settled: float = 2
    memory: int = memory.DEFAULT << 20
    needs_encryption: bool = False
    readers_group: int | None = None
    evidence_group: int | None = None
    shared_group: int | None = None
    small_number: int = 5
    shows_zeros: bool = True
    engine: str = DUCKDB
    spark_master: str = "local[*]"
    agreement_dir: Path = PROJECT / "agreement"
    council: Council = Council()

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, is_demo: bool = False
    ) -> "Settings":
        """
        Read the CSC_ variables, with the contract's defaults; the demo needs no key, and has its own then.

        Raises Stop (60) for the first value that cannot be used, saying what to type instead. An empty
        variable counts as not set.
        """
        environment = os.environ if environment is None else environment
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        warehouse = _warehouse(given.get("CSC_WAREHOUSE_DIR", "warehouse"))
        of = authority_of(warehouse)
        return cls(
            landing_dir=Path(given.get("CSC_LANDING_DIR", "landing")),
            warehouse_dir=warehouse,
            as_at=_as_at(given.get("CSC_AS_AT")),
            months=_months(given.get("CSC_MONTHS", "36")),
            authority=_authority(given.get("CSC_AUTHORITY", of or "885"), of),
            allow_missing=_extracts(given.get("CSC_ALLOW_MISSING", "")),
            pseudonym_key=_key_of(of, _key(environment, DEMO_KEY if is_demo else b"")),
            keep_raw_runs=_raw_runs(given.get("CSC_KEEP_RAW_RUNS", str(cls.keep_raw_runs))),
            evidence_detail=_detail(given.get("CSC_EVIDENCE_DETAIL", cls.evidence_detail)),
            is_demo=is_demo,
            max_loss=_share("CSC_MAX_LOSS", given.get("CSC_MAX_LOSS", f"{cls.max_loss}")),
            max_change=_share("CSC_MAX_CHANGE", given.get("CSC_MAX_CHANGE", f"{cls.max_change}")),
            max_lag=_number("CSC_MAX_LAG", "days", given.get("CSC_MAX_LAG", f"{cls.max_lag}")),
            settled=_number("CSC_SETTLED", "seconds", given.get("CSC_SETTLED", f"{cls.settled}")),
            memory=_memory(given.get(memory.MEMORY, f"{memory.DEFAULT}")),
            needs_encryption=_encryption(given.get(ENCRYPTED_DISK)),
            readers_group=_group("CSC_READERS_GROUP", given),
            evidence_group=_group("CSC_EVIDENCE_GROUP", given),
            shared_group=_group("CSC_SHARED_GROUP", given),
            small_number=_small_number(given.get("CSC_SMALL_NUMBER", f"{cls.small_number}")),
            shows_zeros=_zeros(given.get("CSC_ZEROS", SHOWN)) == SHOWN,
            spark_master=_master(given.get("CSC_SPARK_MASTER", cls.spark_master)),
            agreement_dir=_agreement(given),
            council=_council(given),
        )

    def limits(self) -> dict[str, float]:
        """Return how much of a concern is let pass, by rule: a share, or days."""
        lost = ("rows_lost", "values_lost", "dates_lost", "references_lost", "codes_lost")
        changed = ("row_count_changed", "values_vanished", "numbers_changed")
        shares = dict.fromkeys(lost, self.max_loss) | dict.fromkeys(changed, self.max_change)
        return {**shares, "events_lag": self.max_lag}

    def told(self) -> dict[str, object]:
        """Return the settings as the ledger keeps them: all but the key."""
        kept = {name: value for name, value in asdict(self).items() if name != "pseudonym_key"}
        return {name: str(value) if isinstance(value, Path | date) else value for name, value in kept.items()}


def warehouse_folder() -> Path:
    """Return the folder of the warehouse, for those who need no other setting."""
    return Path(os.environ.get("CSC_WAREHOUSE_DIR") or "warehouse")


def authority_of(warehouse: Path) -> str:
    """Return the authority whose warehouse a folder is within that of a region; empty: it is in none."""
    *_, parent, name = ("", *warehouse.absolute().parts)
    return name if parent == AUTHORITIES and AUTHORITY_CODE.fullmatch(name) else ""


def agreement_settings() -> tuple[Path, date]:
    """Return the folder of the agreement and the as-at date, for those who need no other setting."""
    given = {name: value.strip() for name, value in os.environ.items() if value.strip()}
    return _agreement(given), _as_at(given.get("CSC_AS_AT"))


def council_settings() -> Council:
    """Return whose pages they are, for those who need no other setting."""
    return _council({name: value.strip() for name, value in os.environ.items() if value.strip()})


def _council(given: Mapping[str, str]) -> Council:
    name = given.get("CSC_COUNCIL_NAME", Council.name)
    colour = given.get("CSC_COUNCIL_COLOUR", Council.colour)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise _wrong("CSC_COUNCIL_COLOUR", "is not a colour written #rrggbb", f"'{Council.colour}'")
    return Council(name, colour)


def _agreement(given: Mapping[str, str]) -> Path:
    return Path(given.get(AGREEMENT, Settings.agreement_dir))


def _wrong(name: str, what: str, example: str) -> Stop:
    next_step = f"Type for example: export {name}={example}"
    return Stop(ExitCode.WRONG_SETTINGS, f"{name} {what}.", next_step=next_step)


def _warehouse(text: str) -> Path:
    if re.search(r"[{}\\?\x00-\x1f\x7f]", text):
        what = "may hold no brace, backslash, question mark or line break, since dbt or DuckDB fails there"
        raise _wrong("CSC_WAREHOUSE_DIR", what, "warehouse")
    return Path(text)


def _as_at(text: str | None) -> date:
    if text is None:
        return datetime.now(LONDON).date() - timedelta(days=1)
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        as_at = date.fromisoformat(text)
    except ValueError:
        raise _wrong("CSC_AS_AT", "is not a date written YYYY-MM-DD", "2026-03-31") from None
    if not 1900 < as_at.year < 2100:
        raise _wrong("CSC_AS_AT", "lies outside 1901 to 2099", "2026-03-31")
    return as_at


def _months(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_MONTHS:
        raise _wrong("CSC_MONTHS", f"is not a whole number from 1 to {MOST_MONTHS}", "36")
    return int(text)


def _raw_runs(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text):
        raise _wrong("CSC_KEEP_RAW_RUNS", "is not a whole number from 0 to 999", "1")
    return int(text)


def _detail(text: str) -> str:
    if text not in EVIDENCE_DETAILS:
        raise _wrong("CSC_EVIDENCE_DETAIL", f"is none of {', '.join(EVIDENCE_DETAILS)}", EVIDENCE_DETAILS[-1])
    return text


def _small_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) < LEAST_SMALL_NUMBER:
        raise _wrong("CSC_SMALL_NUMBER", f"is not a whole number from {LEAST_SMALL_NUMBER} to 999", "5")
    return int(text)


def _zeros(text: str) -> str:
    if text not in (SHOWN, HIDDEN):
        raise _wrong("CSC_ZEROS", f"is neither {SHOWN} nor {HIDDEN}", HIDDEN)
    return text


def _share(name: str, text: str) -> float:
    if not re.fullmatch(r"0|1|0?\.[0-9]{1,4}|1\.0{1,4}", text):
        raise _wrong(name, "is not a share from 0 to 1", "0.5")
    return float(text)


def _number(name: str, unit: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise _wrong(name, f"is not a number of {unit}", "31")
    return int(text)


def _memory(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text) or int(text) < memory.LEAST:
        raise _wrong(memory.MEMORY, f"is not a number of MiB from {memory.LEAST} on", "4096")
    return int(text) << 20


def _encryption(text: str | None) -> bool:
    if text not in (None, REQUIRED):
        raise _wrong(ENCRYPTED_DISK, f"is not {REQUIRED}", REQUIRED)
    return text == REQUIRED


def _master(text: str) -> str:
    if not re.fullmatch(r"local\[([1-9][0-9]{0,2}|\*)\]|spark://[A-Za-z0-9.-]+:[0-9]+", text):
        what = "is not local[*], nor local[N] for N cores, nor the spark://HOST:PORT of a cluster"
        raise _wrong("CSC_SPARK_MASTER", what, "'local[2]'")
    return text


def _authority(text: str, of: str) -> str:
    if not AUTHORITY_CODE.fullmatch(text):
        raise _wrong("CSC_AUTHORITY", "is not a three-digit DfE authority code", "885")
    if of and text != of:
        raise _wrong("CSC_AUTHORITY", "is another than that of the warehouse's folder", of)
    return text


def _extracts(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    known = read_contract().extracts
    for name in names:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            example = nearest[0] if nearest else "local_posts,local_absences"
            raise _wrong("CSC_ALLOW_MISSING", f"names {name}, which is no extract of the contract", example)
    return names


def _group(name: str, given: Mapping[str, str]) -> int | None:
    """Read a group of this machine that this user can give files to: root can to any, others to their own."""
    if name not in given:
        return None
    try:
        group = grp.getgrnam(given[name]).gr_gid
    except KeyError:
        raise _wrong(name, "names no group of this machine", "measures-readers") from None
    if os.geteuid() != 0 and group not in {os.getegid(), *os.getgroups()}:
        raise _wrong(name, "names a group that this user is no member of", grp.getgrgid(os.getegid()).gr_name)
    return group


def _key(environment: Mapping[str, str], unless_given: bytes) -> bytes:
    """Read the key of the pseudonyms from its variable, or from the file that the other variable names."""
    text, file = (environment.get(name, "").strip() for name in (KEY, KEY_FILE))
    if text and file:
        raise _wrong_key(f"{KEY} and {KEY_FILE} are both set.", f"Keep one of them. Type: unset {KEY}")
    key = read_private(Path(file), KEY_FILE) if file else os.fsencode(text) or unless_given
    if not key and not file:
        raise _wrong_key(f"{KEY} is not set: without it no pseudonym can be made.", MAKE_A_KEY)
    if len(key) < LEAST_KEY_BYTES or len(set(key)) < LEAST_DIFFERENT_BYTES:
        told = f"{len(key)} bytes, {len(set(key))} of them different"
        what = f"{KEY_FILE if file else KEY} gives no key but {told}."
        raise _wrong_key(f"{what} A key has {LEAST_KEY_BYTES} bytes or more, drawn at random.", MAKE_A_KEY)
    return key


def _key_of(authority: str, key: bytes) -> bytes:
    """Derive the key of one authority of a region from the region's, so that equal ids never meet."""
    return hmac.digest(key, f"authority {authority}".encode(), "sha256") if authority else key


def read_private(file: Path, variable: str) -> bytes:
    """Read a secret from the file that a variable names; Stop (60) if others can have read or written it."""
    try:
        with file.open("rb") as stream:
            about = os.fstat(stream.fileno())
            secret = stream.read(MOST_SECRET_BYTES).strip()
    except OSError as error:
        what = f"The file of {variable} cannot be read: {error.strerror}."
        raise _wrong_key(what, "Name a file that this user can read.", file) from None
    if about.st_uid != os.geteuid() or stat.S_IMODE(about.st_mode) & OF_OTHERS:
        what = f"The file of {variable} belongs to somebody else, or others may read or write it."
        next_step = f"If nobody else has read it, type: chmod 600 {shlex.quote(str(file))}"
        raise _wrong_key(what, next_step, file)
    return secret


def _wrong_key(what: str, next_step: str, *files: Path) -> Stop:
    return Stop(ExitCode.WRONG_SETTINGS, what, [str(file) for file in files], next_step)
