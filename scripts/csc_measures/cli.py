"""
The command line `measures`: the nightly job, its parts, and what was published last.

Exit codes are those of the contract, whatever happens: an unexpected error ends a command with one of them
and a line that says what and where, without a data value.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import partial, wraps
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.progress import Progress

from csc_measures import authorities, signals
from csc_measures.contract.rules import CONCERNS
from csc_measures.project import check_project
from csc_measures.settings import (
    AGREEMENT,
    DEMO_AGREEMENT,
    DEMO_AUTHORITIES,
    DEMO_KEY,
    DEMO_LANDING,
    DUCKDB,
    SPARK,
    Settings,
    agreement_settings,
    council_settings,
    warehouse_folder,
)
from csc_measures.stop import ExitCode, InertConsole, Stop, explain

RECOMPUTATION = "tests/recomputation/measures"
EXIT_CODES = """
Exit codes:

- 0 published
- 10 published, with rows or values set aside, or not served in PostgreSQL
- 20 extracts or agreement refused
- 30 a test or expectation failed, nothing published
- 40 another run holds the warehouse
- 50 out of disk or memory
- 60 wrong settings
- 70 damaged warehouse
- 80 what is served is older than was asked (`measures status --max-age`)

Whatever fails, what was published last stays published, whole.
"""
USAGE_ERROR = 2
CLOSED_PIPE = 1  # what typer ends with when nobody reads its help any more
LOG_WIDTH = 120
LEAST_CHILDREN = 100
DEMO_AS_AT = datetime(2026, 4, 14)
DEMO_CHILDREN = 120_119
INVENTED = dict.fromkeys(CONCERNS, "the council is invented")

commands = typer.Typer(
    help="Measures of children's services: from nightly extracts to a published warehouse.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
R = TypeVar("R")


def of_one_authority(
    command: Callable[..., R], *, or_all: bool = False, is_new: bool = False
) -> Callable[..., R]:
    """Give a command the option --authority: it goes by the settings of one of a region (`authorities`)."""

    @wraps(command)
    def of_one(*, authority: str | None = None, **given: Any) -> R:
        with authorities.chosen(authority, or_all=or_all, is_new=is_new):
            return command(**given)

    option = typer.Option("--authority", metavar="CODE", help="Of this authority, in a region.")
    kind = Annotated[str | None, option]
    own = inspect.signature(command, eval_str=True)
    added = inspect.Parameter("authority", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
    vars(of_one)["__signature__"] = own.replace(parameters=[*own.parameters.values(), added])
    of_one.__annotations__ = {**command.__annotations__, "authority": kind}
    return of_one


of_one_or_all = partial(of_one_authority, or_all=True)
of_one_or_a_new_one = partial(of_one_authority, or_all=True, is_new=True)
serving = typer.Typer(help="Serve what is published in another place.", no_args_is_help=True)
commands.add_typer(serving, name="serve")
agreement = typer.Typer(invoke_without_command=True)
commands.add_typer(agreement, name="agreement")
width = None if sys.stdout.isatty() else LOG_WIDTH
console = InertConsole(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)
errors = InertConsole(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=True)


def show_versions(asked: bool) -> None:
    """Print the versions of this command, dbt and DuckDB when they are asked for, and end."""
    if asked:
        for name in ("csc-measures", "dbt-core", "dbt-duckdb", "duckdb"):
            console.print(f"{name} {metadata.version(name)}")
        raise typer.Exit(ExitCode.PUBLISHED)


@commands.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=show_versions, is_eager=True, help="Print versions and end.")
    ] = False,
) -> None:
    """Measures of children's services: from nightly extracts to a published warehouse."""


class Format(StrEnum):
    """How invented extracts are written."""

    CSV = "csv"
    PARQUET = "parquet"


Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="RULE", help="Publish though RULE stops the night; needs --because."),
]
Because = Annotated[
    list[str] | None,
    typer.Option("--because", metavar="TEXT", help="Why it is accepted: kept with the run. No child's data."),
]


class Engine(StrEnum):
    """What the marts are built with."""

    DUCKDB = DUCKDB
    SPARK = SPARK


@commands.command(epilog=EXIT_CODES)
def nightly(
    accept: Accept = None,
    because: Because = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--authority", metavar="CODE", help="In a region, the night of this one; repeatable."),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="What the marts are built with.")] = Engine.DUCKDB,
) -> None:
    """
    Do the nightly job: check and land the extracts, build, test, check the marts, publish.

    With folders of authorities in the landing folder, named by three-digit codes, each has a night of its
    own, in authorities/CODE of the warehouse, which then serves the numbers of all. The exit code is the
    highest of theirs: one that ends with 20 or more keeps its last numbers, and the others are published.
    CSC_..._CODE is a setting of one, such as CSC_READERS_GROUP_893.

    Settings come from the environment:

    - CSC_LANDING_DIR: folder of the extracts (landing)
    - CSC_WAREHOUSE_DIR: folder of the warehouse (warehouse)
    - CSC_AS_AT: date that the extracts describe (yesterday)
    - CSC_MONTHS: months of history reported (36)
    - CSC_AUTHORITY: three-digit DfE code (885)
    - CSC_ALLOW_MISSING: extracts that may be absent, comma separated (none)
    - CSC_AGREEMENT_DIR: folder of the agreement (agreement, of the project)
    - CSC_PSEUDONYM_KEY: key of the pseudonyms, 32 bytes or more (required), or
    - CSC_PSEUDONYM_KEY_FILE: a file of mode 0600 that holds it
    - CSC_READERS_GROUP: group of this machine that may read the published numbers (none)
    - CSC_EVIDENCE_GROUP: group of this machine that may read the published evidence (none)
    - CSC_SHARED_GROUP: group of this machine that may read the edition for outside the service (none)
    - CSC_SMALL_NUMBER: counts from 1 to this are hidden there (5)
    - CSC_ZEROS: whether a count of 0 is shown there, shown or hidden (shown)
    - CSC_KEEP_RAW_RUNS: runs of which the files as delivered are kept (1)
    - CSC_EVIDENCE_DETAIL: how much evidence tells of a case, full or coarse (full)
    - CSC_MAX_LOSS: share of an extract's rows, dates, values, references or codes that may be lost (0.5)
    - CSC_MAX_CHANGE: share by which an extract may differ from the last published run (0.4)
    - CSC_MAX_LAG: days from the latest event to the as-at date (31)
    - CSC_COUNCIL_NAME: name of the council, in the head of the pages (Children's services)
    - CSC_COUNCIL_COLOUR: its colour there, #rrggbb (#1d70b8)
    - CSC_SETTLED: seconds that a file must not have changed, unless FILE.done or .done lies beside it (2)
    - CSC_PROMETHEUS_FILE: file for the metrics of the last run (none)
    - CSC_WEBHOOK: address that a summary of each run is posted to (none)
    - CSC_MAIL_TO: addresses of e-mail that it is mailed to, separated by commas (none)
    - CSC_MAIL_SMTP: relay that mails it, HOST or HOST:PORT (localhost)
    - CSC_MAIL_USER: who logs in there, over TLS only (nobody)
    - CSC_MAIL_PASSWORD_FILE: file that holds the password, of mode 0600; or CSC_MAIL_PASSWORD (none)
    - CSC_SPARK_MASTER: where `--engine spark` builds, local[N] or spark://HOST:PORT (local[*])
    - CSC_SERVE_POSTGRES: database that what is published is copied to, a URI of libpq (none)
    - CSC_SERVE_WITH: what it is served with there: evidence, service_areas, authorities (none)
    """
    from csc_measures.night.guards import reasons
    from csc_measures.night.nightly import nightly as do_night
    from csc_measures.serving.postgres import serve_after

    given = reasons(accept or [], because or [])
    if only or authorities.is_of_several(os.environ):
        authorities.check_chosen(only or [], accepts=bool(given))
        end_nights(os.environ, only or None, given, engine)
    settings = replace(Settings.from_environment(), engine=engine.value)
    published = do_night(settings, console, given)
    raise typer.Exit(serve_after(published, settings.warehouse_dir, os.environ, console))


def end_nights(
    environment: Mapping[str, str],
    only: Sequence[str] | None,
    given: Mapping[str, str],
    engine: Engine = Engine.DUCKDB,
    *,
    is_demo: bool = False,
) -> NoReturn:
    """Do the nights of a region on an engine, with what is accepted and why; end with their exit code."""
    from csc_measures.night.region import nightly as do_nights
    from csc_measures.serving.postgres import serve_after

    accepted = [word for rule, why in given.items() for word in ("--accept", rule, "--because", why)]
    arguments = ["--engine", engine.value, *accepted]
    code = do_nights(environment, console, only, arguments, is_demo=is_demo)
    raise typer.Exit(serve_after(code, warehouse_folder(), environment, console))


@commands.command(epilog=EXIT_CODES)
def join() -> None:
    """
    Join what the authorities of a region serve, without a night of any: after one was restored or taken away.

    The settings are those of `measures nightly`.
    """
    end_nights(os.environ, [], {})


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def land(accept: Accept = None, because: Because = None) -> None:
    """
    Check and land the extracts, no more, so that `dbt build` can be run by hand.

    The settings are those of `measures nightly`. Nothing is published.
    """
    from csc_measures.night.guards import reasons
    from csc_measures.night.nightly import land_only

    given = reasons(accept or [], because or [])
    raise typer.Exit(land_only(Settings.from_environment(), console, given))


@commands.command(epilog=EXIT_CODES)
def demo(
    children: Annotated[
        int, typer.Option(min=LEAST_CHILDREN, help="Residents under 18; about one in fifteen is known.")
    ] = DEMO_CHILDREN,
    years: Annotated[int, typer.Option(min=1, max=20, help="Years of history.")] = 6,
    as_at: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], show_default=f"{DEMO_AS_AT:%Y-%m-%d}", help="Date described."),
    ] = DEMO_AS_AT,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another council.")] = 885,
    form: Annotated[Format, typer.Option("--format", help="Form of the extracts.")] = Format.CSV,
    extracts_only: Annotated[bool, typer.Option("--extracts-only", help="Stop before the night.")] = False,
    mess: Annotated[
        bool, typer.Option("--mess", help="Add a known dose of every fault, and list them.")
    ] = False,
    codes: Annotated[
        str | None,
        typer.Option("--authorities", metavar="CODES", help="Several councils, by code: 885,893,933."),
    ] = None,
) -> None:
    """
    Invent a council, write its extracts to demo/landing and do the nightly job on them.

    With --authorities a region of councils is invented, in demo/authorities, each as large as its authority
    is; --children is then how many there would be in 885, and the others are in proportion.

    What it has agreed goes to demo/agreement, unless CSC_AGREEMENT_DIR names an agreement. The same options
    give the same bytes. The warehouse is that of CSC_WAREHOUSE_DIR (warehouse). Nothing in
    it is about anyone; without CSC_PSEUDONYM_KEY a fixed key is used.
    """
    from csc_measures.demo import write_agreement, write_council
    from csc_measures.night.nightly import nightly as do_night
    from csc_measures.night.scorecard import FIRST_PAGE
    from csc_measures.serving.postgres import serve_after

    landing = DEMO_AUTHORITIES if codes else DEMO_LANDING
    environment = {**os.environ, "CSC_LANDING_DIR": str(landing), "CSC_AS_AT": f"{as_at:%Y-%m-%d}"}
    if invents_agreement := not os.environ.get(AGREEMENT, "").strip():
        environment[AGREEMENT] = str(DEMO_AGREEMENT)
    settings = Settings.from_environment(environment, is_demo=True)
    if settings.pseudonym_key == DEMO_KEY:
        console.print("CSC_PSEUDONYM_KEY is not set: the pseudonyms are made with the fixed key of the demo.")
    if not extracts_only:
        check_not_real(settings.warehouse_dir, landing)
    for folder, n_children, of_one in councils(codes, children, seed):
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            council = write_council(
                folder,
                children=n_children,
                years=years,
                as_at=settings.as_at,
                seed=of_one,
                fmt=form.value,
                mess=mess,
                progress=progress,
            )
        console.print(str(council))
    if invents_agreement:
        write_agreement(DEMO_AGREEMENT, settings.as_at)
        console.print(f"Wrote an agreement to {DEMO_AGREEMENT}; {AGREEMENT} would name another.")
    if extracts_only:
        console.print(f"Next: look at {landing}, or run: measures demo")
        raise typer.Exit(ExitCode.PUBLISHED)
    if codes:
        end_nights(environment, None, INVENTED, is_demo=True)
    code = serve_after(do_night(settings, console, INVENTED), settings.warehouse_dir, os.environ, console)
    page = settings.warehouse_dir / FIRST_PAGE
    console.print(f"Next: open {page} in a browser, or run: measures status")
    raise typer.Exit(code)


def councils(codes: str | None, children: int, seed: int) -> Iterator[tuple[Path, int, int]]:
    """
    Yield the landing folder, residents under 18 and seed of each council of the demo.

    Of several, each is as large, beside that of 885, as the authorities are. Stops with 60 for no code.
    """
    if not codes:
        yield DEMO_LANDING, children, seed
        return
    of_885 = authorities.residents_of("885")
    for code in dict.fromkeys(word.strip() for word in codes.split(",") if word.strip()):
        n_children = round(children * authorities.residents_of(code) / of_885)
        yield DEMO_AUTHORITIES / code, max(LEAST_CHILDREN, n_children), seed + int(code)


@commands.command("import")
@of_one_or_a_new_one
def import_(
    what: Annotated[str, typer.Argument(metavar="[KIND] PATH", help="The return: a file or a folder.")],
    path: Annotated[str | None, typer.Argument(metavar="", help="", show_default=False)] = None,
    year: Annotated[
        int | None, typer.Option(min=2000, max=2100, help="Year ending 31 March, when nothing tells it.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Landing folder to write to.  [default: CSC_LANDING_DIR, landing]")
    ] = None,
    as_at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of an Annex A; of others, report dates after it."),
    ] = None,
    months: Annotated[
        int | None, typer.Option(min=1, max=60, help="Months that an Annex A reaches back.  [default: 6]")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write every finding to this JSON file.")] = None,
) -> None:
    """
    Turn a return into extracts: SSDA903 (CSV or XML), CIN census (XML) or Ofsted's Annex A (.xlsx).

    PATH is a file, or a folder with one return or with those of several years. KIND, ssda903, cin or annex-a,
    is needed only where the folder holds files of other kinds too. The landing folder becomes the import's
    alone: one with other files is refused (60). Ends with 10 when rows or values had to be set aside, and
    with 20 when a file cannot be used at all.
    """
    from csc_measures.returns.importing import Kind, import_return

    if path is not None and what not in tuple(Kind):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"There is no kind of return of that name; there are {', '.join(Kind)}.",
            next_step="Type: measures import KIND PATH, or the path alone.",
        )
    landing = to or Path(os.environ.get("CSC_LANDING_DIR") or "landing")
    found = import_return(
        Path(path or what),
        landing,
        kind=Kind(what) if path else None,
        year=year,
        as_at=as_at.date() if as_at else None,
        months=months,
    )
    console.print(found.render())
    if report:
        report.write_text(json.dumps(found.as_dict(), indent=2) + "\n", encoding="utf-8")
    described = as_at.date() if as_at else found.as_at
    console.print(f"Next: {next_night(landing, CSC_AS_AT=f'{described}')}")
    raise typer.Exit(ExitCode.PUBLISHED_WITH_SET_ASIDE if found.has_set_aside else ExitCode.PUBLISHED)


@commands.command(epilog=EXIT_CODES)
@of_one_or_a_new_one
def pull(
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]",
            show_default=False,
            help="postgresql://USER@HOST/DATABASE or mssql://..., no password.",
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Landing folder to write to.  [default: CSC_LANDING_DIR, landing]")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(help="Schema that has the tables.  [default: that of the user]")
    ] = None,
) -> None:
    """
    Pull the Standard Safeguarding Dataset out of a PostgreSQL or SQL Server database into a landing folder.

    Each table or view that has the name of an extract becomes its file: the contract's columns and no other,
    all as they stood at one moment, all in place at once; other files stay. A URL with a password belongs in
    CSC_PULL_URL, or in a file of mode 0600 that CSC_PULL_URL_FILE names.
    """
    from csc_measures.pulling.pull import pull as pull_extracts

    landing = to or Path(os.environ.get("CSC_LANDING_DIR") or "landing")
    pulled = pull_extracts(url, landing, schema, os.environ, console)
    if pulled.absent:
        console.print(f"No table, left out: {', '.join(pulled.absent)}")
    if pulled.n_further:
        console.print(f"No table, left out: {pulled.n_further} extracts that the dataset lacks (local_*)")
    if pulled.empty:
        console.print(f"No row, left out: {', '.join(pulled.empty)}")
    console.print(f"Pulled {len(pulled.rows)} extracts, {sum(pulled.rows.values()):,} rows, to {landing}")
    console.print(f"Next: {next_night(landing)}")


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def erase(
    file: Annotated[Path, typer.Argument(help="File with the ids of the people, as ssd_person has them.")],
) -> None:
    """
    Erase people: no night lands a row of theirs again, and the next one takes away what older ones kept.

    FILE has one id a line. The settings are those of `measures nightly`. Until the source stops delivering
    them, each night tells how many rows it left out, ends with 10, and keeps no file as delivered.
    """
    from csc_measures.night.erasing import erase as erase_people

    erase_people(file, Settings.from_environment(), console)


@commands.command("try", epilog=EXIT_CODES)
@of_one_authority
def try_measure(number: Annotated[int, typer.Argument(help="Number of the measure.")]) -> None:
    """
    Show what one measure gives on the extracts landed last, its definition and SQL as they stand now.

    Only what it needs is built, in try/ of the warehouse of CSC_WAREHOUSE_DIR (warehouse); what is published
    stays as it is.
    """
    from csc_measures.night.trial import try_measure as show_measure

    show_measure(number, warehouse_folder(), console)


@commands.command("explain", epilog=EXIT_CODES)
def explain_measure(number: Annotated[int, typer.Argument(help="Number of the measure.")]) -> None:
    """
    Explain one measure: its definition, what makes its claim, in which file, and what that is read from.

    Nothing is built and no warehouse is needed.
    """
    from csc_measures.definitions.explaining import explain_measure as show_measure

    show_measure(number, console)


@commands.command("new", epilog=EXIT_CODES)
def new_measure(
    number: Annotated[
        int | None, typer.Option(help="Its number, from 201.  [default: the next free one]")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Its title, of at most 60 characters.")] = None,
    population: Annotated[
        str | None, typer.Option(help="Who could count: a model in models/populations.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="Name of the claim, such as was_held_in_time.")] = None,
    rule: Annotated[str | None, typer.Option(help="The claim about one case, in SQL.")] = None,
    meaning: Annotated[str | None, typer.Option(help="The same in words.")] = None,
    why: Annotated[str | None, typer.Option(help="Why anybody should look at it.")] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CASE=VALUE", help="What comes of a case of the truth table: true, false, a number."
        ),
    ] = None,
    unit: Annotated[str, typer.Option(help="pct, count, mean, median, max, days or rate_per_10k.")] = "pct",
    good: Annotated[str, typer.Option(help="high, low, or context when neither is better.")] = "context",
    like: Annotated[int | None, typer.Option(help="Measure of the population to take the rest from.")] = None,
) -> None:
    """
    Begin a measure of a population that there is; what is not given is asked, where somebody can answer.

    It writes the definition, the column, what it feeds, and the column of the truth table. A number, a title
    or a name that is in use is refused, and then nothing is written.
    """
    from csc_measures.definitions.adding import begin_measure
    from csc_measures.definitions.asking import ask_for

    given = {
        "title": title,
        "population": population,
        "column": column,
        "rule": rule,
        "meaning": meaning,
        "why": why,
    }
    draft = ask_for(number, given, case or [], unit=unit, good=good, like=like, console=console)
    for place in begin_measure(draft):
        console.print(f"Wrote {place}")
    console.print(
        f"Next: look at each, then type: measures try {draft.number}, and for the truth table: "
        f"dbt test -s {draft.population},test_type:unit"
    )
    console.print(
        f"Then let somebody who has not seen the SQL work it out from the words: measure_{draft.number} in "
        f"{RECOMPUTATION}"
    )


@commands.command(epilog=EXIT_CODES)
@of_one_or_all
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for a program.")] = False,
    max_age: Annotated[
        str | None, typer.Option(metavar="HOURS", help="End with 80 when what is served is older: 36h.")
    ] = None,
) -> None:
    """
    Tell what is served: as-at date, age, rows, what was set aside, what was not loaded.

    It looks at the warehouse of CSC_WAREHOUSE_DIR (warehouse) and checks its files: 60 when nothing has been
    published, 70 when a file is damaged.
    """
    from csc_measures import status as told

    oldest = told.as_age(max_age) if max_age is not None else None
    is_region = authorities.is_region(warehouse_folder())
    show = told.status_of_region if is_region else told.status
    show(warehouse_folder(), console, as_json=as_json)
    if oldest is not None:
        check = told.check_ages if is_region else told.check_age
        check(warehouse_folder(), oldest)


@agreement.callback(epilog=EXIT_CODES)
@of_one_or_all
def show_agreement(context: typer.Context) -> None:
    """
    Tell what is agreed, proposed by one side and assumed, what has changed since, and what is due for review.

    It reads the folder of CSC_AGREEMENT_DIR (agreement, of the project), as at CSC_AS_AT (yesterday).
    """
    from csc_measures.definitions.telling import show_agreement as show

    if context.invoked_subcommand is None:
        show(*agreement_settings(), console)


@agreement.command("check", epilog=EXIT_CODES)
@of_one_or_all
def check_agreement() -> None:
    """Check the folder of the agreement alone: 0, or 20 with file, line, column and rule of every fault."""
    from csc_measures.definitions.telling import check_agreement as check

    check(*agreement_settings(), console)


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def export(
    xlsx: Annotated[Path, typer.Option("--xlsx", metavar="FILE", help="Workbook to write, FILE.xlsx.")],
) -> None:
    """
    Write the scorecard and the register of what is published as a workbook for Excel.

    Numbers are numbers, texts are texts whatever they begin with, and what has no value is empty.
    """
    from csc_measures.serving.workbook import export as write_workbook

    write_workbook(warehouse_folder(), xlsx, console)


@serving.command("postgres", epilog=EXIT_CODES)
@of_one_or_all
def serve_postgres(
    to: Annotated[
        str,
        typer.Option(
            envvar="CSC_SERVE_POSTGRES", show_envvar=False, help="URI of libpq.  [CSC_SERVE_POSTGRES]"
        ),
    ],
    choices: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="CHOICE",
            help="evidence: the cases too; service_areas, authorities: kept apart.",
        ),
    ] = None,
) -> None:
    """
    Copy what is published to a PostgreSQL database, and turn its readers to it in one step.

    They read the views of its schema `marts`: bi_read the numbers, evidence_read the cases too; and of
    `shared`, the edition for outside, which is all that the role shared_read may read. With service_areas,
    rows of an area and the cases behind them are seen by members of its role only (such as area_locality),
    those of teams by members of area_all. With authorities, those of an authority of a region are seen by
    members of its role only (such as authority_893), all by those of authority_all. A password is better kept
    in PGPASSWORD.
    """
    from csc_measures.serving.postgres import serve

    serve(warehouse_folder(), to, choices or [], console)


@commands.command(epilog=EXIT_CODES)
@of_one_or_all
def doctor() -> None:
    """
    Look over all that a night needs, and say of each what is well or what to do: 0 or 60.

    The settings are those of `measures nightly`. Nothing is touched, and a night may run beside it.
    """
    from csc_measures.doctor import doctor as look_over
    from csc_measures.doctor import doctor_of_region

    look = doctor_of_region if authorities.is_of_several(os.environ) else look_over
    raise typer.Exit(look(os.environ, console))


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def scorecard(
    to: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("scorecard"),
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the board pack, too; needs Chromium.")] = False,
    shared: Annotated[
        bool, typer.Option("--shared", help="The pages for outside the service, small numbers protected.")
    ] = False,
    lineage: Annotated[
        bool, typer.Option("--lineage", help="From which column each column comes, too; needs dbt-colibri.")
    ] = False,
) -> None:
    """
    Write the pages of what is served anew, into a folder that opens from anywhere.

    Every night publishes the same pages as scorecard/ and shared/scorecard/ of the warehouse.
    CSC_COUNCIL_NAME and CSC_COUNCIL_COLOUR say whose they are.
    """
    from csc_measures.night.scorecard import scorecard as write_scorecard

    write_scorecard(
        warehouse_folder(), to, council_settings(), console, pdf=pdf, shared=shared, lineage=lineage
    )


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def evidence(
    number: Annotated[int | None, typer.Argument(help="Number of the measure.")] = None,
    month: Annotated[str | None, typer.Argument(help="Month, YYYY-MM.")] = None,
    case: Annotated[
        str | None, typer.Option(help="A case or person, by pseudonym, through every headline and month.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--csv", help="Write to this file instead.")] = None,
) -> None:
    """
    Show the cases behind a headline in a month, which add up to it, or one case through all headlines.

    They are those of what is served in CSC_WAREHOUSE_DIR (warehouse), by pseudonym, each with the file and
    line of the row it came from, as long as the run's landed extracts are kept.
    """
    from csc_measures.night import behind

    if case is not None:
        behind.show_case(warehouse_folder(), case, to, console)
    elif number is not None and month is not None:
        behind.show_number(warehouse_folder(), number, month, to, console)
    else:
        raise typer.BadParameter("give a measure and a month, or --case")


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def case(
    record: Annotated[str | None, typer.Argument(help="Id of a record or person, as delivered.")] = None,
    pseudonym: Annotated[str | None, typer.Option(help="A pseudonym, or its first characters.")] = None,
) -> None:
    """
    Find the pseudonym of an id as delivered, or the record of a pseudonym, for those who hold the key.

    The settings are those of `measures nightly`. The ledger records who has asked, and after which pseudonym.
    """
    from csc_measures.night import identity

    if record is not None:
        identity.find_pseudonym(record, Settings.from_environment(), console)
    elif pseudonym is not None:
        identity.find_record(pseudonym, Settings.from_environment(), console)
    else:
        raise typer.BadParameter("give an id as delivered, or --pseudonym")


@commands.command(epilog=EXIT_CODES)
def bench(
    landing: Annotated[
        Path | None,
        typer.Option(help="Folder of extracts; as at CSC_AS_AT.  [default: an invented council's]"),
    ] = None,
    children: Annotated[
        int, typer.Option(min=100, help="Residents under 18 of the invented one.")
    ] = DEMO_CHILDREN,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table there, in Markdown.")
    ] = None,
) -> None:
    """
    Time a night, the next one, the least that their parts could take, and five measures in other engines.

    A night is done in an empty warehouse, which is removed; nothing is published. Polars and PySpark come
    with `.uv/bin/uv sync --locked --extra bench`, PySpark needs Java 17; what is missing is left out. Ends
    with 30 where an engine comes to other numbers than the night.
    """
    from csc_measures.bench.benchmark import bench as time_all

    time_all(landing, children, DEMO_AS_AT.date(), write, console)


@commands.command()
@of_one_or_all
def runs() -> None:
    """List every run of the warehouse of CSC_WAREHOUSE_DIR, how it ended and what became of it."""
    from csc_measures.night.record import show_runs

    show_runs(warehouse_folder(), console)


@commands.command(epilog=EXIT_CODES)
@of_one_or_all
def verify() -> None:
    """Check the ledger's chain, the files of every kept generation and the extracts kept with it: 0 or 70."""
    from csc_measures.night.record import verify as check_all

    check_all(warehouse_folder(), console)


@commands.command(epilog=EXIT_CODES)
@of_one_or_all
def restore(run: Annotated[str, typer.Argument(help="Id of the run, as `measures runs` lists it.")]) -> None:
    """Serve the generation of an earlier run, until the next night publishes."""
    from csc_measures.night.record import restore as serve_again

    serve_again(warehouse_folder(), run, console)


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def show(
    number: Annotated[int, typer.Argument(help="Number of the measure.")],
    as_published: Annotated[
        str | None,
        typer.Option(metavar="DATE|RUN", help="As a run said: this, or the last up to this as-at date."),
    ] = None,
    by: Annotated[str, typer.Option(help="all, service_area or team.")] = "all",
) -> None:
    """
    Show what was published of a measure, last or by an earlier run, and what is said now where that differs.

    It looks at the warehouse of CSC_WAREHOUSE_DIR (warehouse): 60 when there is no such run or measure.
    """
    from csc_measures.night.said.shown import show_measure

    show_measure(warehouse_folder(), number, as_published, by, console)


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def rebuild(run: Annotated[str, typer.Argument(help="Id of the run, as `measures runs` lists it.")]) -> None:
    """
    Build the marts of an earlier run again from what it landed, and say that they are the same: 0, or 30.

    What is served stays as it is. The run's generation must be kept.
    """
    from csc_measures.night.said.rebuild import rebuild as build_again

    build_again(warehouse_folder(), run, console)


@commands.command(epilog=EXIT_CODES)
@of_one_authority
def diff(
    run_a: Annotated[str, typer.Argument(help="Id of a run, as `measures runs` lists it.")],
    run_b: Annotated[str, typer.Argument(help="Id of another.")],
    to: Annotated[
        Path | None, typer.Option("--csv", metavar="FOLDER", help="Write cells.csv and cases.csv there, too.")
    ] = None,
) -> None:
    """
    Show in which cells two runs differ, and the cases behind, by pseudonym: for those who may read evidence.

    The generations of both must be kept.
    """
    from csc_measures.night.said.difference import compare

    compare(warehouse_folder(), run_a, run_b, to, console)


def next_night(landing: Path, **settings: str) -> str:
    """Return what to type for a night on a landing folder, or for one of the authority that is chosen."""
    option = authorities.option()
    words = settings if option else {"CSC_LANDING_DIR": f"{landing}", **settings}
    return "".join(f"{name}={value} " for name, value in words.items()) + f"measures nightly{option}"


def check_not_real(warehouse: Path, landing: Path) -> None:
    """Stop with 60 when the warehouse serves other measures than the demo's, which must not replace them."""
    from csc_measures.night import generations
    from csc_measures.night.guards import check_kind

    generations.check_served(warehouse)
    check_kind(landing, generations.published_runs(warehouse))


def app() -> NoReturn:
    """Run a command and end with an exit code of the contract, whatever happens, or with that of a signal."""
    os.umask(0o077)
    signals.listen()
    try:
        check_project()
        commands()
    except BaseException as error:
        sys.exit(signals.ending() or code_of(error))
    sys.exit(ExitCode.PUBLISHED)


def code_of(error: BaseException) -> int | str | None:
    """Say what ended a command, where it has not been said yet; return the exit code."""
    if isinstance(error, SystemExit):
        codes: dict[object, int] = {USAGE_ERROR: ExitCode.WRONG_SETTINGS, CLOSED_PIPE: ExitCode.PUBLISHED}
        return codes.get(error.code, error.code)
    stop = error if isinstance(error, Stop) else explain(error)
    complain(str(stop))
    return stop.code


def complain(text: str) -> None:
    """Print a message to the standard error, its first line marked."""
    first, *rest = text.split("\n")
    errors.print(first, style="bold red")
    for line in rest:
        errors.print(line)
