"""What is told of a run: its report, metrics for Prometheus, a summary to a webhook and by e-mail."""

from __future__ import annotations

import io
import json
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from rich.console import Console

from conftest import Place, run_measures
from csc_measures.night import ledger, reports
from csc_measures.night.guards import Accepted
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode

PAGE = (PROJECT / "docs" / "running.md").read_text(encoding="utf-8")
RUN = "20260415T010000000000Z"
ENDED = ledger.Entry(
    run_id=RUN,
    command="nightly",
    started_at=datetime(2026, 4, 15, 1),
    settings={"as_at": "2026-04-14"},
    code={"code": "abc"},
    definition_version="123",
    files=[SimpleNamespace(n_rows_loaded=7), SimpleNamespace(n_rows_loaded=5)],
    findings={"set_aside_row": 0, "flagged": 3},
    accepted=[Accepted(rule="rows_lost", because="the old system is closed", found="")],
    built={"model": 9},
    marts={"scorecard": [4, 12345]},
    generation=RUN,
    sealed="f" * 64,
    seconds={"landing": 2.04, "dbt": 30.0},
    exit_code=10,
    ended_at=datetime(2026, 4, 15, 1, 2),
)
SUMMARY = (
    "Measures, as at 2026-04-14: published (exit code 10).\n12 rows loaded; 3 flagged.\n"
    f"Accepted: rows_lost.\nRun {RUN}, 32 s."
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    (tmp_path / "logs" / RUN).mkdir(parents=True)
    return tmp_path


def give(warehouse: Path, entry: ledger.Entry, **environment: str) -> str:
    console = Console(record=True, file=io.StringIO())
    reports.give(warehouse, entry, environment, console)
    return console.export_text()


def test_a_run_is_reported_with_what_the_page_describes(warehouse: Path) -> None:
    assert give(warehouse, ENDED) == ""
    report = json.loads((warehouse / "logs" / RUN / reports.REPORT).read_text())
    assert list(report) == list(reports.SCHEMA)
    described = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, flags=re.MULTILINE))
    assert described == reports.SCHEMA
    assert report["outcome"] == "PUBLISHED_WITH_SET_ASIDE"
    assert report["published"] is True
    assert report["rows_loaded"] == 12
    assert report["marts"] == {"scorecard": 4}
    assert report["ended_at"] == "2026-04-15T01:02:00+00:00"


@pytest.mark.parametrize(
    ("code", "outcome"), [(143, "SIGNAL"), (None, "CHECK_FAILED"), (50, "OUT_OF_RESOURCES")]
)
def test_a_run_that_was_stopped_says_how(code: int | None, outcome: str) -> None:
    report = reports.report_of(
        replace(ENDED, exit_code=code, sealed="", generation="", stopped="It stopped.")
    )
    assert (report["outcome"], report["published"], report["stopped"]) == (outcome, False, "It stopped.")


def test_metrics_keep_when_a_run_was_published_last(warehouse: Path) -> None:
    file = warehouse / "csc.prom"
    give(warehouse, ENDED, CSC_PROMETHEUS_FILE=str(file))
    lines = file.read_text().splitlines()
    published = f"csc_published_timestamp_seconds {datetime(2026, 4, 15, 1, 2).timestamp():.0f}"
    for line in (
        "csc_run_exit_code 10",
        'csc_run_seconds{part="dbt"} 30.0',
        'csc_findings{effect="flagged"} 3',
        published,
    ):
        assert line in lines
    assert all(re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"\})? [\d.]+', line) for line in lines)
    give(warehouse, replace(ENDED, exit_code=30, sealed=""), CSC_PROMETHEUS_FILE=str(file))
    assert published in file.read_text() and "csc_run_exit_code 30" in file.read_text()
    assert [path.name for path in warehouse.glob("*.new")] == []


def test_a_webhook_is_told_in_words_and_nothing_of_a_child(warehouse: Path) -> None:
    heard: list[dict] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert give(warehouse, ENDED, CSC_WEBHOOK=f"http://127.0.0.1:{server.server_port}/") == ""
    assert heard == [{"text": SUMMARY}]


class Postbox:
    """Take mail as aiosmtpd hands it on, but for one person's; keep it, and whether it came by TLS."""

    def __init__(self) -> None:  # noqa: D107
        self.came: list[tuple[EmailMessage, bool]] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: ARG002, D102, N802
        if address.startswith("gone@"):
            return "550 gone"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: ARG002, D102, N802
        message = message_from_bytes(envelope.content, policy=default)
        self.came.append((message, session.ssl is not None))
        return "250 OK"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Give a file with a key and a certificate for localhost."""
    file = tmp_path / "localhost.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost"
    options = ["-addext", "subjectAltName=DNS:localhost", "-keyout", "-", "-out", "-"]
    made = subprocess.run([*command.split(), *options], capture_output=True, check=True)
    file.write_bytes(made.stdout)
    return file


USER, PASSWORD = "night@council.test", "correct horse"


def knows(server, session, envelope, mechanism, login) -> AuthResult:  # noqa: ARG001
    """Let one in, and leave it to the server to say no to others."""
    is_known = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)


@contextmanager
def relay(postbox: Postbox, certificate: Path | None = None, asks: bool = False) -> Iterator[str]:
    """Run a relay that offers TLS where it has a certificate and may ask who is there; give HOST:PORT."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    controller = Controller(
        postbox,
        "127.0.0.1",
        port,
        tls_context=context,
        authenticator=knows,
        auth_required=asks,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield f"localhost:{port}"
    finally:
        controller.stop()


@pytest.mark.parametrize("by_tls", [False, True])
def test_the_same_words_come_by_mail_and_by_tls_where_that_is_offered(
    by_tls: bool, warehouse: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    postbox = Postbox()
    with relay(postbox, certificate if by_tls else None) as address:
        told = give(warehouse, ENDED, CSC_MAIL_TO="a@council.test, b@council.test", CSC_MAIL_SMTP=address)
    assert told == ""
    [(message, came_by_tls)] = postbox.came
    assert came_by_tls is by_tls
    assert message.get_content().splitlines() == SUMMARY.splitlines()
    assert message["Subject"] == SUMMARY.splitlines()[0]
    assert (message["To"], message["From"]) == ("a@council.test, b@council.test", "a@council.test")


def test_mail_that_is_refused_is_said_and_the_webhook_before_it_hinders_it_not(warehouse: Path) -> None:
    postbox = Postbox()
    with relay(postbox) as address:
        to = {"CSC_MAIL_TO": "a@council.test, gone@council.test", "CSC_MAIL_SMTP": address}
        told = give(warehouse, ENDED, CSC_WEBHOOK="none", **to)
    assert "CSC_WEBHOOK, ValueError" in told and "CSC_MAIL_TO, SMTPRecipientsRefused" in told
    assert "council" not in told
    assert len(postbox.came) == 1  # who can be reached is told


def test_mail_is_not_sent_where_the_certificate_is_nobodys(warehouse: Path, certificate: Path) -> None:
    postbox = Postbox()
    with relay(postbox, certificate) as address:
        told = give(warehouse, ENDED, CSC_MAIL_TO="a@council.test", CSC_MAIL_SMTP=address)
    assert "CSC_MAIL_TO, SSLCertVerificationError" in told and postbox.came == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_who_logs_in_is_known_by_a_private_file_and_over_tls_alone(
    warehouse: Path, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    postbox, file = Postbox(), tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o600)
    to = {"CSC_MAIL_TO": "a@council.test", "CSC_MAIL_USER": USER, "CSC_MAIL_PASSWORD_FILE": str(file)}
    with relay(postbox, certificate, asks=True) as address:
        assert give(warehouse, ENDED, CSC_MAIL_SMTP=address, **to) == ""
        [(message, came_by_tls)] = postbox.came
        assert came_by_tls and message["From"] == USER
        told = give(warehouse, ENDED, CSC_MAIL_SMTP=address, CSC_MAIL_PASSWORD="wrong", **to)
        assert "CSC_MAIL_TO, SMTPAuthenticationError" in told
        file.chmod(0o644)
        told = give(warehouse, ENDED, CSC_MAIL_SMTP=address, **to)
        assert f"chmod600{file}" in "".join(told.split())  # lines may break within a path
    file.chmod(0o600)
    with relay(postbox) as address:
        told = give(warehouse, ENDED, CSC_MAIL_SMTP=address, **to)
    assert "CSC_MAIL_TO, SMTPNotSupportedError" in told
    assert len(postbox.came) == 1


@pytest.mark.parametrize(
    "environment",
    [
        {"CSC_WEBHOOK": "http://127.0.0.1:9/"},
        {"CSC_WEBHOOK": "secret"},
        {"CSC_MAIL_TO": "a@secret.test", "CSC_MAIL_SMTP": "localhost:9"},
        {"CSC_MAIL_TO": "a@secret.test", "CSC_MAIL_SMTP": "localhost:secret"},
        {"CSC_MAIL_TO": "secret"},
        {"CSC_MAIL_TO": ","},
        {"CSC_PROMETHEUS_FILE": "/no/such/folder/a"},
    ],
)
def test_what_cannot_be_reported_is_said_and_changes_nothing(warehouse: Path, environment: dict) -> None:
    told = give(warehouse, ENDED, **environment)
    assert "was not reported everywhere" in told
    assert "secret" not in told and "folder" not in told
    assert (warehouse / "logs" / RUN / reports.REPORT).exists()


def test_a_run_that_is_refused_is_reported_too(tmp_path: Path) -> None:
    place = Place(tmp_path / "landing", tmp_path / "warehouse", date(2026, 4, 14))
    place.landing.mkdir()
    (place.landing / "ssd_person.csv").write_text("pers_person_id\n", encoding="utf-8")
    result = run_measures("land", environment=place.environment)
    [file] = place.warehouse.glob(f"logs/*/{reports.REPORT}")
    report = json.loads(file.read_text())
    assert result.returncode == report["exit_code"] == ExitCode.EXTRACTS_REFUSED
    assert report["stopped"] and not report["published"]


def test_the_examples_for_schedulers_are_well_formed() -> None:
    """They are not run here, where no scheduler is; the Python ones compile, and each says what 10 is."""
    examples = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    languages = {language for language, _ in examples}
    assert {"cron", "ini", "python", "sh"} <= languages
    for language, text in examples:
        if language == "python":
            compile(text, "docs/running.md", "exec")
        assert "measures" in text or language == "ini"
    units = "".join(text for language, text in examples if language == "ini")
    assert "SuccessExitStatus=10" in units
