"""
Report each run: a JSON file, metrics for Prometheus, a summary to a webhook and by e-mail.

`logs/<run>/report.json` is written for every run that began. Where `CSC_PROMETHEUS_FILE` names a file, such
as one in the folder of node_exporter's textfile collector, it holds the metrics of the last run; where
`CSC_WEBHOOK` names an address, the summary is posted there as `{"text": ...}`, which chat services take;
where `CSC_MAIL_TO` has addresses, it is mailed to them by the relay `CSC_MAIL_SMTP`, HOST or HOST:PORT, where
`CSC_MAIL_USER` logs in.
All of it is counts, names and digests, never a value. What cannot be reported changes nothing of the run.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console

from csc_measures.night.ledger import Entry
from csc_measures.settings import read_private
from csc_measures.stop import ExitCode, Stop

REPORT = "report.json"
PROMETHEUS, WEBHOOK = "CSC_PROMETHEUS_FILE", "CSC_WEBHOOK"
MAIL_TO, MAIL_SMTP, MAIL_USER = "CSC_MAIL_TO", "CSC_MAIL_SMTP", "CSC_MAIL_USER"
MAIL_PASSWORD, MAIL_PASSWORD_FILE = "CSC_MAIL_PASSWORD", "CSC_MAIL_PASSWORD_FILE"
PUBLISHED = "csc_published_timestamp_seconds"
PATIENCE = 10  # seconds for the webhook, and for the relay
SCHEMA = {
    "schema": "1: what is described here; a key that is added leaves it, one that changes makes it 2",
    "run_id": "id of the run",
    "command": "nightly or land, join of a region",
    "as_at": "date that the extracts describe, ISO",
    "started_at": "UTC, ISO",
    "ended_at": "UTC, ISO",
    "seconds": "of each part of the run: object, name to seconds",
    "authorities": "of a region, how the night of each ended: object, code of the authority to exit code",
    "exit_code": "as the README lists them; that of a signal is 128 and its number",
    "outcome": "the exit code in a word, such as PUBLISHED or CHECK_FAILED; SIGNAL",
    "stopped": "what stopped the run, in a sentence; empty: nothing",
    "published": "whether readers see what the run has made",
    "generation": "what it published; empty: nothing",
    "rows_loaded": "rows of the extracts that were loaded",
    "findings": "object: set_aside_row, set_aside_value and flagged, to how many",
    "accepted": "rules that would have stopped the run and were accepted: list of names",
    "built": "nodes of dbt and expectations that held: object, kind to number",
    "marts": "object, mart to rows",
    "definition_version": "version of the definitions",
    "code": "digest of what the numbers follow from",
}
"""What each key of the report holds."""


def give(warehouse: Path, entry: Entry, environment: Mapping[str, str], console: Console) -> None:
    """Report a run that has ended, everywhere it is to be reported; say of each where it could not."""
    report = report_of(entry)
    file = warehouse / "logs" / entry.run_id / REPORT
    ways: dict[str, Callable[[str], None]] = {
        PROMETHEUS: lambda metrics: write_metrics(Path(metrics), report),
        WEBHOOK: lambda address: post(address, summary_of(report)),
        MAIL_TO: lambda addresses: mail(addresses, relay_of(environment), report),
    }
    tell(REPORT, lambda: write(file, json.dumps(report, indent=2) + "\n"), console)
    for name, way in ways.items():
        if where := environment.get(name, "").strip():
            tell(name, partial(way, where), console)


def tell(name: str, do: Callable[[], None], console: Console) -> None:
    """Report a run in one way; say in a line that it could not be, and nothing of what the way is told."""
    try:
        do()
    except Stop as stop:  # a file of a password, whose message says what to type
        console.print(f"The run was not reported everywhere: {name}. {stop.what} {stop.next_step}")
    except (
        OSError,
        ValueError,
    ) as error:  # an address that is none is a ValueError, what a relay says an OSError
        console.print(f"The run was not reported everywhere: {name}, {type(error).__name__}.")


def report_of(entry: Entry) -> dict[str, Any]:
    """Return the report of a run, with the keys of SCHEMA."""
    code = ExitCode.CHECK_FAILED if entry.exit_code is None else entry.exit_code
    return {
        "schema": 1,
        "run_id": entry.run_id,
        "command": entry.command,
        "as_at": str(entry.settings["as_at"]),
        "started_at": as_moment(entry.started_at),
        "ended_at": as_moment(entry.ended_at),
        "seconds": {part: round(seconds, 1) for part, seconds in entry.seconds.items()},
        "authorities": entry.authorities,
        "exit_code": int(code),
        "outcome": ExitCode(code).name if code in list(ExitCode) else "SIGNAL",
        "stopped": entry.stopped,
        "published": bool(entry.sealed),
        "generation": entry.generation,
        "rows_loaded": sum(file.n_rows_loaded for file in entry.files),
        "findings": dict(sorted(entry.findings.items())),
        "accepted": [each.rule for each in entry.accepted],
        "built": entry.built,
        "marts": {mart: n_rows for mart, (n_rows, _) in entry.marts.items()},
        "definition_version": entry.definition_version,
        "code": entry.code["code"],
    }


def as_moment(moment: datetime | None) -> str:
    """Write a moment of UTC as ISO has it; nothing for none."""
    return moment.replace(tzinfo=UTC).isoformat(timespec="seconds") if moment else ""


def write(file: Path, text: str) -> None:
    """Write a file so that who reads it sees all of it or what was there before."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def write_metrics(file: Path, report: Mapping[str, Any]) -> None:
    """Write the metrics of a run; when a run was published last is taken over from what is there."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    before = next((line for line in lines if line.startswith(f"{PUBLISHED} ")), "")
    write(file, "".join(metrics_of(report, before)))


def metrics_of(report: Mapping[str, Any], published_before: str) -> Iterator[str]:
    """Yield the metrics of a run, in the text format of Prometheus."""
    ended = datetime.fromisoformat(report["ended_at"]).timestamp()
    published = f"{PUBLISHED} {ended:.0f}" if report["published"] else published_before
    samples = {
        "csc_run_exit_code Exit code of the last run.": [f"csc_run_exit_code {report['exit_code']}"],
        "csc_run_timestamp_seconds When the last run ended.": [f"csc_run_timestamp_seconds {ended:.0f}"],
        f"{PUBLISHED} When a run was published last.": [published] if published else [],
        "csc_run_seconds Seconds of each part of the last run.": [
            f'csc_run_seconds{{part="{part}"}} {seconds}' for part, seconds in report["seconds"].items()
        ],
        "csc_authority_exit_code Exit code of the night of each authority of a region.": [
            f'csc_authority_exit_code{{authority="{code}"}} {ended}'
            for code, ended in report["authorities"].items()
        ],
        "csc_rows_loaded Rows of the extracts that the last run loaded.": [
            f"csc_rows_loaded {report['rows_loaded']}"
        ],
        "csc_findings Rows and values set aside, and findings flagged, by the last run.": [
            f'csc_findings{{effect="{effect}"}} {n}' for effect, n in report["findings"].items()
        ],
        "csc_mart_rows Rows of each mart of the last run.": [
            f'csc_mart_rows{{mart="{mart}"}} {n_rows}' for mart, n_rows in report["marts"].items()
        ],
    }
    for described, lines in samples.items():
        if lines:
            name = described.split()[0]
            yield f"# HELP {described}\n# TYPE {name} gauge\n"
            yield from (f"{line}\n" for line in lines)


def summary_of(report: Mapping[str, Any]) -> str:
    """Say in a few lines how a run has ended."""
    ended = "published" if report["published"] else "nothing published"
    lines = [f"Measures, as at {report['as_at']}: {ended} (exit code {report['exit_code']})."]
    if report["stopped"]:
        lines.append(report["stopped"])
    found = [f"{n:,} {effect.replace('_', ' ')}" for effect, n in report["findings"].items() if n]
    lines.append(
        f"{report['rows_loaded']:,} rows loaded; {', '.join(found) or 'nothing set aside or flagged'}."
    )
    if report["authorities"]:
        each = [f"{code} ended with {ended}" for code, ended in report["authorities"].items()]
        lines.append(f"Authorities: {', '.join(each)}.")
    if report["accepted"]:
        lines.append(f"Accepted: {', '.join(report['accepted'])}.")
    return "\n".join([*lines, f"Run {report['run_id']}, {sum(report['seconds'].values()):.0f} s."])


def post(address: str, text: str) -> None:
    """Post a text to a webhook. Raises ValueError when the address is none of http or https, OSError else."""
    if not address.startswith(("https://", "http://")):
        raise ValueError("not an address of http")
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE):
        pass


@dataclass(frozen=True)
class Relay:
    """A server that takes mail: HOST or HOST:PORT (25), and who logs in there, if anybody does."""

    address: str
    user: str = ""
    password: str = field(default="", repr=False)


def relay_of(environment: Mapping[str, str]) -> Relay:
    """Return the relay of the settings; Stop (60) when others can have read the file of the password."""
    given = {name: value.strip() for name, value in environment.items()}
    password = given.get(MAIL_PASSWORD, "")
    if not password and (file := given.get(MAIL_PASSWORD_FILE)):
        password = read_private(Path(file), MAIL_PASSWORD_FILE).decode()
    return Relay(given.get(MAIL_SMTP) or "localhost", given.get(MAIL_USER, ""), password)


def mail(addresses: str, relay: Relay, report: Mapping[str, Any]) -> None:
    """
    Mail the summary of a run to addresses, separated by commas.

    It comes in the name of who logs in, where that is an address, or of the first of them. Where the relay
    offers TLS, that is taken, and its certificate must be right; nobody logs in without.
    Raises ValueError when an address or the relay is none, OSError else, also when one of them is refused.
    """
    message, server, text = EmailMessage(), urlsplit(f"//{relay.address}"), summary_of(report)
    message["To"] = addresses
    people = message["To"].addresses
    if not people or not all(person.username and person.domain for person in people):
        raise ValueError("not an address of e-mail")
    message["From"] = relay.user if "@" in relay.user else people[0]
    message["Date"] = datetime.fromisoformat(report["ended_at"])
    message["Subject"] = text.splitlines()[0]
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    with smtplib.SMTP(
        server.hostname or "", server.port or smtplib.SMTP_PORT, timeout=PATIENCE
    ) as connection:
        connection.ehlo_or_helo_if_needed()
        if connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
        elif relay.user:
            raise smtplib.SMTPNotSupportedError("a password is not told without TLS")
        if relay.user:
            connection.login(relay.user, relay.password)
        if refused := connection.send_message(message):
            raise smtplib.SMTPRecipientsRefused(refused)
