"""Import of SSDA903 returns: what becomes of each table, what is refused, what is reported and where."""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from csc_measures.contract.extracts import read_contract
from csc_measures.landing.own_folder import MARKER, replace_files
from csc_measures.returns.report import ImportReport, meaning_of
from csc_measures.returns.ssda903.ages import birthday_in
from csc_measures.returns.ssda903.files import table_and_year
from csc_measures.returns.ssda903.importing import import_ssda903
from csc_measures.returns.ssda903.tables import TABLES
from csc_measures.stop import Stop
from invented_return import DEFECTS, children, tables_of, write_invented_return, write_invented_xml

AS_AT = date(2025, 4, 14)
FOUR_YEARS = (2022, 2023, 2024, 2025)
Extracts = dict[str, list[dict[str, str]]]


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return tmp_path / "landing"


@pytest.fixture
def one_year(tmp_path: Path) -> Path:
    return write_invented_return(tmp_path / "ssda903_2025")


def read(landing: Path) -> Extracts:
    return {path.stem: rows_of(path) for path in sorted(landing.glob("*.csv"))}


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def write_table(folder: Path, name: str, rows: Iterable[Iterable[str]]) -> None:
    lines = [",".join(row) + "\n" for row in rows]
    (folder / f"{name}.csv").write_text("".join(lines), encoding="utf-8", newline="")


def small_return(folder: Path, episodes: str, **tables: str) -> Path:
    """Write a return of one child, born 10 May 2014, from the rows of its tables."""
    folder.mkdir()
    write_table(folder, "header", [TABLES["header"], ["7", "F", "10/05/2014", "WBRI", "", "", ""]])
    titles = [name for name in TABLES["episodes"] if name != "PL_DISTANCE"]
    write_table(folder, "episodes", [titles, *(row.split(",") for row in episodes.split())])
    for table, rows in tables.items():
        write_table(folder, table, [TABLES[table], *(row.split(",") for row in rows.split())])
    return folder


def write_returns(folder: Path, years: dict[int, dict[str, str]]) -> Path:
    """Write returns of several years from rows of tables; children in care were born on 10 May 2014."""
    folder.mkdir()
    for year, tables in years.items():
        born = {row.split(",")[0]: "" for rows in tables.values() for row in rows.split()}
        born |= {row.split(",")[0]: "10/05/2014" for row in tables["episodes"].split()}
        header = [[child, "F", day, "WBRI", "", "", ""] for child, day in sorted(born.items())]
        titles = {table: [name for name in TABLES[table] if name != "PL_DISTANCE"] for table in TABLES}
        write_table(folder, f"{year}-header", [titles["header"], *header])
        for table, rows in tables.items():
            write_table(folder, f"{year}-{table}", [titles[table], *(row.split(",") for row in rows.split())])
    return folder


def episode(start: str, why: str, status: str, home: str, end: str = "", ceased: str = "") -> str:
    return f"7,{start},{why},{status},N1,U6,PR1,{end},{ceased},,,{home},{home} "


def places(report: ImportReport, rule: str) -> list[tuple[str, int, str]]:
    return [(found.file, found.line, found.column) for found in report.findings if found.rule == rule]


def of(rows: list[dict[str, str]], column: str, child: str) -> list[dict[str, str]]:
    return [row for row in rows if row[column] == child]


# --- The invented return


def test_invented_return_has_every_table_and_forty_children() -> None:
    tables = tables_of(2025)
    assert set(tables) == set(TABLES)
    assert len(children()) == len(tables["header"]) - 1 == 40
    assert all(len(rows) > 1 for rows in tables.values())


def test_invented_return_is_always_the_same(tmp_path: Path) -> None:
    first, second = (write_invented_return(tmp_path / name, FOUR_YEARS) for name in "ab")
    assert contents(first) == contents(second)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- The whole import


def test_every_row_is_loaded_merged_not_needed_or_set_aside(tmp_path: Path) -> None:
    defects = [name for name in DEFECTS if name not in ("renamed column", "missing file")]
    for years in ((2025,), FOUR_YEARS):
        folder = write_invented_return(tmp_path / f"{len(years)} to 2025", years, defects)
        report = import_ssda903(folder, tmp_path / f"landing {len(years)}", as_at=AS_AT)
        for count in report.files:
            rows = len((folder / count.file).read_text().splitlines()) - 1
            assert rows == count.rows == count.loaded + count.merged + count.not_needed + count.set_aside
        set_aside = sum(found.effect == "set_aside_row" for found in report.findings)
        assert set_aside == sum(count.set_aside for count in report.files) > 0


def test_extracts_have_the_contracts_columns_and_are_covered(one_year: Path, landing: Path) -> None:
    report = import_ssda903(one_year, landing)
    extracts = read(landing)
    coverage = {row["extract"]: row for row in extracts.pop("coverage")}
    extracts.pop("findings")
    assert set(coverage) == set(extracts) == set(report.extracts)
    for name, rows in extracts.items():
        known = read_contract().extracts[name].columns
        assert {column.name for column in known if not column.is_optional} <= set(rows[0])
        assert list(rows[0]) == [column.name for column in known if column.name in rows[0]]
        population = "care_leavers" if name.startswith("local_care_leaver") else "looked_after"
        assert list(coverage[name].values())[:4] == [name, population, "2024-04-01", "2025-03-31"]
        keys = [row[read_contract().extracts[name].key.name] for row in rows]
        assert keys == sorted(set(keys))


def test_same_return_gives_same_bytes_whatever_the_order_of_its_rows(tmp_path: Path, one_year: Path) -> None:
    import_ssda903(one_year, tmp_path / "a")
    turned = tmp_path / "turned 2025"
    turned.mkdir()
    for path in one_year.iterdir():
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (turned / path.name.upper()).write_text(header + "".join(reversed(rows)), encoding="utf-8")
    import_ssda903(turned, tmp_path / "b")
    first, second = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert first.pop("findings.csv") != second.pop("findings.csv")
    assert first == second
    assert b"\r" not in b"".join(contents(tmp_path / "a").values())


def test_absent_table_gives_no_extract_and_an_empty_one_gives_a_header(one_year: Path, landing: Path) -> None:
    (one_year / "uasc.csv").unlink()
    write_table(one_year, "missing", [TABLES["missing"]])
    report = import_ssda903(one_year, landing)
    extracts = read(landing)
    covered = {row["extract"] for row in extracts["coverage"]}
    assert "ssd_immigration_status" not in extracts
    assert "ssd_immigration_status" not in covered
    assert extracts["ssd_missing"] == []
    assert "ssd_missing" in covered
    assert report.extracts["ssd_missing"] == 0
    assert places(report, "empty_table") == [("missing.csv", 1, "")]


# --- Table by table


def test_persons_are_those_of_all_files(tmp_path: Path, landing: Path) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2024", "S", "C2", "A"),
        uasc="8,2,01/02/2010,01/02/2028",
        missing="9,03/03/2011,M,01/01/2025,",
    )
    write_table(
        folder,
        "header",
        [
            TABLES["header"],
            ["7", "1", "10/05/2014", "wbri", "UN1", "1", ""],
            ["6", "U", "", "", "A12", "0.0", ""],
        ],
    )
    report = import_ssda903(folder, landing)
    persons = read(landing)["ssd_person"]
    shown = ["pers_person_id", "pers_sex", "pers_ethnicity", "pers_dob", "pers_upn", "pers_upn_unknown",
             "pers_is_mother"]  # fmt: skip
    assert [[row[name] for name in shown] for row in persons] == [
        ["6", "U", "", "", "A12", "", "N"],
        ["7", "M", "WBRI", "2014-05-10", "", "UN1", "Y"],
        ["8", "F", "", "2010-02-01", "", "", ""],
        ["9", "", "", "2011-03-03", "", "", ""],
    ]
    assert places(report, "child_not_in_header") == [("missing.csv", 2, "CHILD"), ("uasc.csv", 2, "CHILD")]
    assert places(report, "no_date_of_birth") == [("header.csv", 3, "DOB")]


def test_header_date_of_birth_wins_and_another_one_is_reported(tmp_path: Path, landing: Path) -> None:
    folder = small_return(
        tmp_path / "2025", episode("01/06/2024", "S", "C2", "A"), reviews="7,11/05/2014,01/07/2024,PN1"
    )
    report = import_ssda903(folder, landing)
    assert read(landing)["ssd_person"][0]["pers_dob"] == "2014-05-10"
    assert places(report, "date_of_birth_differs") == [("reviews.csv", 2, "DOB")]


def test_periods_of_care_chain_episodes_without_a_gap(one_year: Path, landing: Path) -> None:
    import_ssda903(one_year, landing)
    rows = read(landing)["ssd_cla_episodes"]
    moved = of(rows, "clae_person_id", "102")
    assert {row["clae_cla_id"] for row in moved} == {"102-20240110"}
    assert {row["clae_entered_care_date"] for row in moved} == {"2024-01-10"}
    assert [row["clae_cla_episode_ceased_reason"] for row in moved] == ["X1", "X1", "X1", ""]
    back = of(rows, "clae_person_id", "104")
    assert [row["clae_cla_id"] for row in back] == ["104-20230109", "104-20241202"]
    carried_in = of(rows, "clae_person_id", "101")[0]
    assert (carried_in["clae_cla_id"], carried_in["clae_entered_care_date"]) == ("101-20210201", "")


def test_period_of_care_reaches_to_the_latest_end_so_far(tmp_path: Path, landing: Path) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2024", "S", "C2", "A", "01/12/2024", "X1")
        + episode("01/07/2024", "P", "C2", "B", "01/08/2024", "X1")
        + episode("01/11/2024", "P", "C2", "C", "01/02/2025", "E8")
        + episode("02/02/2025", "S", "C2", "D"),
    )
    report = import_ssda903(folder, landing)
    periods = [row["clae_cla_id"] for row in read(landing)["ssd_cla_episodes"]]
    assert periods == ["7-20240601"] * 3 + ["7-20250202"]
    assert places(report, "overlapping_episode") == [("episodes.csv", 3, "DECOM")]
    assert places(report, "gap_between_episodes") == [
        ("episodes.csv", 4, "DECOM"),
        ("episodes.csv", 5, "DECOM"),
    ]


def test_legal_status_is_a_spell_per_unbroken_status(one_year: Path, landing: Path) -> None:
    import_ssda903(one_year, landing)
    rows = read(landing)["ssd_legal_status"]
    assert [list(row.values())[2:] for row in of(rows, "lega_person_id", "110")] == [
        ["C1", "2024-03-26", "2024-11-11"],
        ["C2", "2024-11-11", ""],
    ]
    assert [list(row.values())[2:] for row in of(rows, "lega_person_id", "102")] == [["V2", "2024-01-10", ""]]
    assert len(of(rows, "lega_person_id", "104")) == 2


def test_placement_is_unbroken_until_the_home_changes_or_p_b_or_s(tmp_path: Path, landing: Path) -> None:
    days = [f"0{month}/06/2024" for month in range(1, 8)]
    steps = [("S", "A"), ("L", "A"), ("T", "A"), ("P", "A"), ("B", "A"), ("L", "B")]
    rows = [
        episode(start, why, "C2", home, end, "X1")
        for (why, home), start, end in zip(steps, days, days[1:], strict=False)
    ]
    import_ssda903(small_return(tmp_path / "2025", "".join(rows)), landing)
    extracts = read(landing)
    placements = {
        row["clap_cla_placement_id"]: (
            row["clap_cla_placement_start_date"],
            row["clap_cla_placement_end_date"],
        )
        for row in extracts["ssd_cla_placement"]
    }
    assert placements == {
        "7-20240601-S": ("2024-06-01", "2024-06-04"),
        "7-20240604-P": ("2024-06-04", "2024-06-05"),
        "7-20240605-B": ("2024-06-05", "2024-06-06"),
        "7-20240606-L": ("2024-06-06", "2024-06-07"),
    }
    assert [row["clae_cla_placement_id"] for row in extracts["ssd_cla_episodes"]] == [
        *["7-20240601-S"] * 3,
        "7-20240604-P",
        "7-20240605-B",
        "7-20240606-L",
    ]


def test_placement_keeps_home_provider_reason_and_distance(one_year: Path, landing: Path) -> None:
    header, *rows = (one_year / "episodes.csv").read_text(encoding="utf-8").splitlines()
    text = "".join(f"{line}\n" for line in [f"{header},PL_DISTANCE", *(f"{row},12.5" for row in rows)])
    (one_year / "episodes.csv").write_text(text, encoding="utf-8")
    import_ssda903(one_year, landing)
    first = of(read(landing)["ssd_cla_placement"], "clap_person_id", "102")[0]
    assert list(first.values()) == [
        "102-20240110-S", "2024-01-10", "U6", "9000002", "12.5000", "102-20240110", "PR1", "QQ3 2PL",
        "2024-06-03", "CARPL", "102",
    ]  # fmt: skip


def test_permanence_joins_order_details_and_placement(one_year: Path, landing: Path) -> None:
    import_ssda903(one_year, landing)
    rows = read(landing)["ssd_permanence"]
    filled = [{name: value for name, value in row.items() if value} for row in rows]
    assert filled == [
        {
            "perm_table_id": "105-20240916-order",
            "perm_person_id": "105",
            "perm_cla_id": "105-20231002",
            "perm_adm_decision_date": "2023-08-14",
            "perm_placed_for_adoption_date": "2023-10-02",
            "perm_matched_date": "2023-09-20",
            "perm_adopted_by_carer_flag": "N",
            "perm_permanence_order_date": "2024-09-16",
            "perm_permanence_order_type": "Adoption",
            "perm_adopter_sex": "MF",
            "perm_adopter_legal_status": "L11",
            "perm_number_of_adopters": "2",
        },
        {
            "perm_table_id": "106-20230306-placed",
            "perm_person_id": "106",
            "perm_cla_id": "106-20230306",
            "perm_adm_decision_date": "2023-02-06",
            "perm_placed_for_adoption_date": "2023-03-06",
        },
        {
            "perm_table_id": "110-20241125-decision",
            "perm_person_id": "110",
            "perm_cla_id": "110-20240326",
            "perm_adm_decision_date": "2024-11-25",
            "perm_decision_reversed_date": "2025-02-03",
            "perm_decision_reversed_reason": "RD1",
        },
    ]


def test_permanence_order_takes_the_decision_that_had_not_ceased(tmp_path: Path, landing: Path) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2022", "S", "E1", "A", "01/03/2025", "E11"),
        placed_for_adoption="7,10/05/2014,01/05/2024,01/07/2024,RD1 7,10/05/2014,01/09/2024,,",
    )
    report = import_ssda903(folder, landing)
    rows = read(landing)["ssd_permanence"]
    assert [(row["perm_adm_decision_date"], row["perm_permanence_order_date"]) for row in rows] == [
        ("2024-05-01", ""),
        ("2024-09-01", "2025-03-01"),
    ]
    assert {row["perm_placed_for_adoption_date"] for row in rows} == {""}
    assert places(report, "adoption_order_without_placement") == [("episodes.csv", 2, "REC")]
    assert places(report, "adoption_order_without_details") == []
    write_table(folder, "ad1", [TABLES["ad1"]])
    report = import_ssda903(folder, landing)
    assert places(report, "adoption_order_without_details") == [("episodes.csv", 2, "REC")]


def test_placed_for_adoption_is_where_the_stay_with_the_adopters_begins(
    tmp_path: Path, landing: Path
) -> None:
    decided = "7,10/05/2014,01/08/2022,,"
    care = [
        "7,10/05/2022,S,C1,N1,U6,PR1,01/09/2022,X1,,,A,1 ",
        "7,01/09/2022,L,E1,N1,U6,PR1,04/09/2023,X1,PLACE,,A,1 ",
        "7,04/09/2023,P,E1,N1,A6,PR1,10/06/2024,E12,,,B, ",
    ]
    years = {
        2023: {"episodes": care[0], "placed_for_adoption": decided},
        2024: {"episodes": care[1] + care[2], "placed_for_adoption": decided},
        2025: {
            "episodes": care[2],
            "placed_for_adoption": decided,
            "ad1": "7,10/05/2014,01/08/2022,01/08/2023,0,2,MF,L11",
        },
    }
    import_ssda903(write_returns(tmp_path / "returns", years), landing)
    (row,) = read(landing)["ssd_permanence"]
    assert (row["perm_adm_decision_date"], row["perm_placed_for_adoption_date"]) == (
        "2022-08-01",
        "2023-09-04",
    )
    assert (row["perm_permanence_order_date"], row["perm_placed_foster_carer_date"]) == ("2024-06-10", "")


PLACED = {
    # episodes: start, RNE, PLACE, home (? not told); the order ends the last. Placed; with the carer from.
    "strangers": ("2023-01-10 S U6 A; 2024-02-01 P A6 B", "2024-02-01", ""),
    "orders change": ("2023-01-10 S U6 A; 2024-02-01 P A4 B; 2024-06-01 U A6 B", "2024-02-01", ""),
    "first adopters fail": ("2023-01-10 S U6 A; 2023-06-01 P A6 B; 2024-02-01 P A6 C", "2024-02-01", ""),
    "in hospital": (
        "2023-01-10 S U6 A; 2024-02-01 P A6 B; 2024-03-01 P T1 H; 2024-03-09 P A6 B",
        "2024-02-01",
        "",
    ),
    "in hospital, home not told": (
        "2023-01-10 S U6 A; 2024-02-01 P A6 ?; 2024-03-01 P T1 H; 2024-03-09 P A6 ?",
        "2024-02-01",
        "",
    ),
    "in hospital, then elsewhere": (
        "2023-01-10 S U6 A; 2024-02-01 P A6 B; 2024-03-01 P T1 H; 2024-03-09 P A6 C",
        "2024-03-09",
        "",
    ),
    "other adopters, home not told": (
        "2023-01-10 S U6 A; 2024-02-01 P A6 ?; 2024-03-09 P A6 ?",
        "2024-03-09",
        "",
    ),
    "foster carer after a holiday": (
        "2023-01-10 S U4 ?; 2023-06-01 P T3 H; 2023-06-09 P U4 ?; 2024-02-01 T A3 ?",
        "2024-02-01",
        "2023-01-10",
    ),
    "foster carer": (
        "2023-01-10 S U6 A; 2023-05-01 P U6 B; 2023-06-01 L U6 B; 2024-02-01 U A5 B",
        "2024-02-01",
        "2023-05-01",
    ),
    "carer, by consent": ("2023-01-10 S U6 A; 2024-02-01 T A3 A", "2024-02-01", "2023-01-10"),
    "before the returns": ("2024-02-01 L A6 B", "", ""),
    "never": ("2023-01-10 S U6 A", "", ""),
    "in care before": ("2022-05-01 S A6 B; 2022-09-01 E8; 2023-01-10 S U6 A", "", ""),
}


@pytest.mark.parametrize("what", PLACED)
def test_placement_for_adoption_follows_the_adopters(tmp_path: Path, landing: Path, what: str) -> None:
    told, placed, carer = PLACED[what]
    steps = [*(step.split() for step in told.split("; ")), ["2024-09-16", "E12"]]
    rows = []
    for step, following in pairwise(steps):
        if len(step) == 4:
            start, end = (f"{date.fromisoformat(day):%d/%m/%Y}" for day in (step[0], following[0]))
            ceased = following[1] if len(following) == 2 else "X1"
            rows.append(f"7,{start},{step[1]},E1,N1,{step[2]},PR1,{end},{ceased},,,{step[3].strip('?')},")
    import_ssda903(small_return(tmp_path / "2025", " ".join(rows)), landing)
    (row,) = [row for row in read(landing)["ssd_permanence"] if row["perm_permanence_order_date"]]
    assert (row["perm_placed_for_adoption_date"], row["perm_placed_foster_carer_date"]) == (placed, carer)


def test_open_episode_with_e11_is_no_order(tmp_path: Path, landing: Path) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2022", "S", "E1", "A", "", "E11"),
        ad1="7,10/05/2014,01/05/2023,02/05/2023,1,1,F1,L0",
    )
    report = import_ssda903(folder, landing)
    (row,) = read(landing)["ssd_permanence"]
    assert (row["perm_permanence_order_date"], row["perm_permanence_order_type"]) == ("", "")
    assert row["perm_adopted_by_carer_flag"] == "Y"
    assert places(report, "open_episode_with_reason") == [("episodes.csv", 2, "REC")]
    assert places(report, "adoption_details_without_order") == [("ad1.csv", 2, "CHILD")]


def test_every_review_is_delivered_with_its_period_of_care(tmp_path: Path, landing: Path) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2024", "S", "C2", "A", "01/09/2024", "E4A"),
        reviews="7,10/05/2014,01/07/2024,PN5 7,10/05/2014,01/07/2024,PN0 7,10/05/2014,02/09/2024,",
    )
    report = import_ssda903(folder, landing)
    shown = ["clar_cla_review_id", "clar_cla_id", "clar_cla_review_date", "clar_cla_review_participation"]
    assert [[row[name] for name in shown] for row in read(landing)["ssd_cla_reviews"]] == [
        ["7-20240701", "7-20240601", "2024-07-01", "PN5"],
        ["7-20240701-2", "7-20240601", "2024-07-01", "PN0"],
        ["7-20240902", "", "2024-09-02", ""],
    ]
    assert {row["clar_cla_review_cancelled"] for row in read(landing)["ssd_cla_reviews"]} == {"N"}
    assert places(report, "same_child_and_day") == [("reviews.csv", 3, "REVIEW")]


def test_missing_episodes_tell_missing_from_away(one_year: Path, landing: Path) -> None:
    import_ssda903(one_year, landing)
    rows = read(landing)["ssd_missing"]
    assert [list(row.values())[2:5] for row in of(rows, "miss_person_id", "102")] == [
        ["2024-08-20", "M", "2024-08-22"],
        ["2024-11-05", "A", "2024-11-05"],
    ]


def test_health_checks_are_the_ticks_at_31_march(tmp_path: Path, landing: Path) -> None:
    born = {"five": "31/03/2020", "four": "01/04/2020"}
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2022", "S", "C2", "A"),
        oc2=f"five,{born['five']},14,,0,0,1,1,1,1,0,0 four,{born['four']},,SDQ1,0,1.0,0,0,1,0,0,0",
    )
    import_ssda903(folder, landing)
    extracts = read(landing)
    assert [list(row.values())[1:] for row in extracts["ssd_cla_health"]] == [
        ["five", "DENTAL_CHECK", "2025-03-31", "Completed"],
        ["five", "HEALTH_ASSESSMENT", "2025-03-31", "Completed"],
        ["four", "HEALTH_ASSESSMENT", "2024-09-30", "Completed"],
        ["four", "DEVELOPMENT_CHECK", "2025-03-31", "Completed"],
        ["four", "HEALTH_ASSESSMENT", "2025-03-31", "Completed"],
    ]
    assert [list(row.values()) for row in extracts["ssd_cla_immunisations"]] == [
        ["five", "Y", "2025-03-31"],
        ["four", "N", "2025-03-31"],
    ]
    assert [list(row.values())[1:] for row in extracts["ssd_sdq_scores"]] == [
        ["five", "2025-03-31", "", "14"]
    ]


def test_unaccompanied_children_are_so_from_the_first_episode_until_duc(
    tmp_path: Path, landing: Path
) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2022", "S", "C2", "A"),
        uasc="7,F,10/05/2014,10/05/2032 8,M,01/02/2010, 9,M,01/02/2010,31/03/2025",
    )
    report = import_ssda903(folder, landing, as_at=AS_AT)
    assert [list(row.values()) for row in read(landing)["ssd_immigration_status"]] == [
        ["7", "7", "UASC", "2022-06-01", ""],
        ["8", "8", "UASC", "2024-04-01", ""],
        ["9", "9", "UASC", "2024-04-01", "2025-03-31"],
    ]
    assert places(report, "after_as_at") == places(report, "after_the_year") == []


def test_care_leavers_are_former_relevant_from_18_or_the_first_birthday_told(
    tmp_path: Path, landing: Path
) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2022", "S", "C2", "A"),
        oc3="a,29/02/2004,YES,F1,U1 b,01/02/2008,NO,0,0 c,01/04/2009,REFU,0,Q1",
    )
    report = import_ssda903(folder, landing)
    extracts = read(landing)
    assert [list(row.values())[1:6] for row in extracts["local_care_leaver_spells"]] == [
        ["a", "FORMER_RELEVANT", "2022-03-01", "", "2022-03-01"],
        ["b", "FORMER_RELEVANT", "2025-02-01", "", "2025-02-01"],
        ["c", "FORMER_RELEVANT", "2024-04-01", "", "2024-04-01"],
    ]
    assert [list(row.values())[1:] for row in extracts["local_care_leaver_birthdays"]] == [
        ["a", "21", "YES", "U", "1", "F1"],
        ["b", "17", "NO", "0", "", "0"],
        ["c", "15", "REFU", "Q", "1", "0"],
    ]
    assert places(report, "age_outside_17_to_21") == [("oc3.csv", 4, "DOB")]
    assert places(report, "unknown_code") == [("oc3.csv", 4, "ACCOM")]


def test_birthday_in_the_year_is_from_1_april_to_31_march() -> None:
    assert birthday_in(2025, date(2005, 4, 1)) == date(2024, 4, 1)
    assert birthday_in(2025, date(2005, 3, 31)) == date(2025, 3, 31)
    assert birthday_in(2024, date(2004, 2, 29)) == date(2024, 2, 29)


def test_social_workers_are_case_workers(one_year: Path, landing: Path) -> None:
    import_ssda903(one_year, landing)
    rows = of(read(landing)["ssd_involvements"], "invo_person_id", "102")
    assert [[value for value in row.values() if value][1:] for row in rows] == [
        ["SW5", "CW", "2024-01-10", "2024-09-02", "FCONTA", "102"],
        ["SW6", "CW", "2024-09-02", "LEFTRL", "102"],
    ]


# --- Several years


def test_later_return_wins_and_changes_are_counted(tmp_path: Path, landing: Path) -> None:
    report = import_ssda903(write_invented_return(tmp_path / "returns", FOUR_YEARS), landing)
    rows = of(read(landing)["ssd_cla_episodes"], "clae_person_id", "105")
    assert [list(row.values())[2:8] for row in rows] == [
        ["2022-09-05", "S", "N2", "2023-10-02", "X1", "105-20220905"],
        ["2023-10-02", "B", "N2", "2024-09-16", "E12", "105-20220905"],
    ]
    moved = {
        (row[0], row[1], row[2])
        for year in FOUR_YEARS[:-1]
        for row in tables_of(year)["episodes"][1:]
        for later in range(year + 1, 2026)
        for other in tables_of(later)["episodes"][1:]
        if row[:3] == other[:3] and row != other
    }
    assert report.episodes_changed == len(moved)
    changed = [row for row in report.findings if row.rule == "changed_by_later_return"]
    assert {(found.file[:5], found.effect) for found in changed} == {
        ("2022-", "merged"),
        ("2023-", "merged"),
        ("2024-", "merged"),
    }


def test_coverage_is_that_of_the_years_in_which_a_table_is_there(tmp_path: Path, landing: Path) -> None:
    folder = write_invented_return(tmp_path / "returns", FOUR_YEARS)
    (folder / "2023-oc2.csv").unlink()
    report = import_ssda903(folder, landing)
    covered = {part.extract: (str(part.covered_from), str(part.covered_to)) for part in report.coverage}
    assert covered["ssd_person"] == covered["ssd_cla_reviews"] == ("2021-04-01", "2025-03-31")
    assert covered["ssd_cla_health"] == covered["ssd_involvements"] == ("2023-04-01", "2025-03-31")
    assert places(report, "table_missing_in_a_year") == [
        ("2022-sw_episodes.csv", 0, ""),
        ("2023-oc2.csv", 0, ""),
        ("2023-sw_episodes.csv", 0, ""),
    ]


def test_health_of_each_year_stands_and_the_latest_immunisation_wins(tmp_path: Path, landing: Path) -> None:
    import_ssda903(write_invented_return(tmp_path / "returns", (2024, 2025)), landing)
    extracts = read(landing)
    health = of(extracts["ssd_cla_health"], "clah_person_id", "101")
    assert {row["clah_health_check_date"] for row in health} == {"2024-03-31", "2025-03-31"}
    dates = {row["clai_immunisations_status_date"] for row in extracts["ssd_cla_immunisations"]}
    assert dates == {"2024-03-31", "2025-03-31"}
    assert len(of(extracts["ssd_cla_immunisations"], "clai_person_id", "101")) == 1


@pytest.mark.parametrize(("answer", "year"), [("1", 2025), ("0", 2025), ("", 2024)])
def test_immunisations_cover_the_last_year_that_asks_for_them(
    tmp_path: Path, landing: Path, answer: str, year: int
) -> None:
    care = {"episodes": episode("01/06/2021", "S", "C2", "A")}
    ticks = "7,10/05/2014,12,,0,,{},1,1,0,,"
    answers = {2023: "1", 2024: "1", 2025: answer}
    years = {year: care | {"oc2": ticks.format(answer)} for year, answer in answers.items()}
    report = import_ssda903(write_returns(tmp_path / "returns", years), landing)
    covered = {part.extract: (str(part.covered_from), str(part.covered_to)) for part in report.coverage}
    assert covered["ssd_cla_immunisations"] == (f"{year - 1}-04-01", f"{year}-03-31")
    assert covered["ssd_cla_health"] == ("2022-04-01", "2025-03-31")
    assert places(report, "no_answers") == [("2025-oc2.csv", 1, "IMMUNISATIONS")] * (answer == "")


def test_table_of_whose_rows_none_can_be_used_covers_nothing(tmp_path: Path, landing: Path) -> None:
    care = {"episodes": episode("01/06/2021", "S", "C2", "A")}
    missing = "7,10/05/2014,M,{},"
    years = {year: care | {"missing": missing.format(f"30/03/{year}")} for year in (2023, 2024)}
    years[2025] = care | {"missing": missing.format("30-Mar-2025")}
    report = import_ssda903(write_returns(tmp_path / "returns", years), landing)
    covered = {part.extract: (str(part.covered_from), str(part.covered_to)) for part in report.coverage}
    assert covered["ssd_missing"] == ("2022-04-01", "2024-03-31")
    assert places(report, "nothing_usable") == [("2025-missing.csv", 1, "")]
    assert places(report, "empty_table") == places(report, "table_missing_in_a_year") == []
    assert [row["miss_missing_episode_end_date"] for row in read(landing)["ssd_missing"]] == [
        "2023-04-01",
        "",
    ]


def test_year_in_which_oc2_has_no_row_is_not_covered(tmp_path: Path, landing: Path) -> None:
    care = {"episodes": episode("01/06/2021", "S", "C2", "A")}
    years = {2024: care | {"oc2": "7,10/05/2014,12,,0,,1,1,1,0,,"}, 2025: care | {"oc2": ""}}
    report = import_ssda903(write_returns(tmp_path / "returns", years), landing)
    covered = {part.extract: str(part.covered_to) for part in report.coverage}
    health = ("ssd_cla_health", "ssd_cla_immunisations", "ssd_sdq_scores")
    assert [covered[extract] for extract in health] == ["2024-03-31"] * 3
    assert places(report, "empty_table") == [("2025-oc2.csv", 1, "")]


# --- One history of several returns


def history(folder: Path, landing: Path, years: dict[int, str], table: str = "episodes") -> ImportReport:
    """Import returns of one child, given the rows of one table for each year; care goes on in all of them."""
    care = {"episodes": episode("01/06/2023", "S", "C2", "A")}
    return import_ssda903(
        write_returns(folder, {year: care | {table: told} for year, told in years.items()}), landing
    )


def episodes_in(landing: Path) -> list[tuple[str, ...]]:
    shown = ("start_date", "start_reason", "ceased_date", "ceased_reason")
    rows = rows_of(landing / "ssd_cla_episodes.csv")
    return [tuple(row[f"clae_cla_episode_{name}"] for name in shown) for row in rows]


def test_child_whom_the_next_return_leaves_out_has_left_after_the_year(tmp_path: Path, landing: Path) -> None:
    other = "8" + episode("01/06/2023", "S", "C2", "A")[1:]
    years = {2024: episode("10/05/2023", "S", "V2", "A") + other, 2025: other}
    report = history(tmp_path / "returns", landing, years)
    assert episodes_in(landing) == [("2023-05-10", "S", "2024-04-01", ""), ("2023-06-01", "S", "", "")]
    assert ("2024-episodes.csv", 2, "DEC", "missing_from_later_return", "set_aside_value") in report.findings
    assert report.has_set_aside


MENDED = {
    "start corrected to an earlier day": (
        episode("05/03/2024", "S", "V2", "A"),
        episode("04/03/2024", "S", "V2", "A", "30/05/2024", "E4A"),
        [("2024-03-04", "S", "2024-05-30", "E4A")],
        {"replaced_by_later_return": [("2024-episodes.csv", 2, "DECOM")]},
    ),
    "start corrected to a later day": (
        episode("05/03/2024", "S", "V2", "A"),
        episode("11/03/2024", "S", "V2", "A"),
        [("2024-03-11", "S", "", "")],
        {"start_corrected_by_later_return": [("2024-episodes.csv", 2, "DECOM")]},
    ),
    "start corrected, home told otherwise": (
        "7,05/03/2024,S,V2,N1,U6,PR1,,,,AA1,AA1-1AB, ",
        "7,11/03/2024,S,V2,N1,U6,PR1,,,,AA1,aa11ab,4444444 ",
        [("2024-03-11", "S", "", "")],
        {"start_corrected_by_later_return": [("2024-episodes.csv", 2, "DECOM")]},
    ),
    "start corrected by a day, and the legal status": (
        episode("05/03/2024", "S", "V2", "A"),
        episode("06/03/2024", "S", "C2", "B"),
        [("2024-03-06", "S", "", "")],
        {"start_corrected_by_later_return": [("2024-episodes.csv", 2, "DECOM")]},
    ),
    "moved on the day after": (
        episode("05/03/2024", "S", "V2", "A"),
        episode("06/03/2024", "P", "V2", "B"),
        [("2024-03-05", "S", "2024-03-06", "X1"), ("2024-03-06", "P", "", "")],
        {"ended_by_next_episode": [("2024-episodes.csv", 2, "DEC")]},
    ),
    "reason corrected": (
        episode("01/06/2023", "S", "C1", "A"),
        episode("01/06/2023", "P", "C1", "A", "30/05/2024", "E4A"),
        [("2023-06-01", "P", "2024-05-30", "E4A")],
        {"told_otherwise_by_later_return": [("2024-episodes.csv", 2, "DECOM")]},
    ),
    "left and came back": (
        episode("24/10/2023", "S", "V2", "A"),
        episode("20/09/2024", "S", "V2", "A", "13/02/2025", "E8"),
        [("2023-10-24", "S", "2024-04-01", ""), ("2024-09-20", "S", "2025-02-13", "E8")],
        {"ended_before_return_to_care": [("2024-episodes.csv", 2, "DEC")]},
    ),
    "left and came back before the year was out": (
        episode("24/10/2023", "S", "V2", "A"),
        episode("20/03/2024", "S", "C1", "B"),
        [("2023-10-24", "S", "2024-03-19", ""), ("2024-03-20", "S", "", "")],
        {"ended_before_return_to_care": [("2024-episodes.csv", 2, "DEC")]},
    ),
    "moved, told late": (
        episode("24/10/2023", "S", "V2", "A"),
        episode("20/03/2024", "P", "V2", "B"),
        [("2023-10-24", "S", "2024-03-20", "X1"), ("2024-03-20", "P", "", "")],
        {"ended_by_next_episode": [("2024-episodes.csv", 2, "DEC")]},
    ),
    "moved in the next year, its end never told": (
        episode("24/10/2023", "S", "V2", "A"),
        episode("20/09/2024", "P", "V2", "B"),
        [("2023-10-24", "S", "2024-09-20", "X1"), ("2024-09-20", "P", "", "")],
        {"ended_by_next_episode": [("2024-episodes.csv", 2, "DEC")]},
    ),
    "move taken back": (
        episode("24/10/2023", "S", "V2", "A", "01/02/2024", "X1") + episode("01/02/2024", "P", "V2", "B"),
        episode("24/10/2023", "S", "V2", "A", "13/02/2025", "E8"),
        [("2023-10-24", "S", "2025-02-13", "E8")],
        {"replaced_by_later_return": [("2024-episodes.csv", 3, "DECOM")]},
    ),
    "move a little earlier": (
        episode("24/10/2023", "S", "V2", "A", "10/02/2024", "X1") + episode("10/02/2024", "P", "V2", "B"),
        episode("08/02/2024", "P", "V2", "B"),
        [("2023-10-24", "S", "2024-02-08", "X1"), ("2024-02-08", "P", "", "")],
        {
            "cut_by_later_return": [("2024-episodes.csv", 2, "DEC")],
            "replaced_by_later_return": [("2024-episodes.csv", 3, "DECOM")],
        },
    ),
    "move a little later": (
        episode("24/10/2023", "S", "V2", "A", "10/02/2024", "X1") + episode("10/02/2024", "P", "V2", "B"),
        episode("12/02/2024", "P", "V2", "B"),
        [("2023-10-24", "S", "2024-02-12", "X1"), ("2024-02-12", "P", "", "")],
        {
            "drawn_to_later_return": [("2024-episodes.csv", 2, "DEC")],
            "start_corrected_by_later_return": [("2024-episodes.csv", 3, "DECOM")],
        },
    ),
    "care went on, told late and from a later day": (
        episode("24/10/2023", "S", "V2", "A", "28/03/2024", "X1"),
        episode("02/04/2024", "P", "V2", "B"),
        [("2023-10-24", "S", "2024-04-02", "X1"), ("2024-04-02", "P", "", "")],
        {"drawn_to_later_return": [("2024-episodes.csv", 2, "DEC")]},
    ),
    "care went on, and began anew": (
        episode("24/10/2023", "S", "V2", "A", "28/03/2024", "X1"),
        episode("02/04/2024", "S", "V2", "B"),
        [("2023-10-24", "S", "2024-03-28", "X1"), ("2024-04-02", "S", "", "")],
        {},
    ),
    "all told again with another start": (
        episode("05/03/2023", "S", "V2", "A", "10/02/2024", "E4A"),
        episode("04/03/2023", "S", "V2", "A", "10/02/2024", "E4A") + episode("01/07/2024", "S", "V2", "A"),
        [("2023-03-04", "S", "2024-02-10", "E4A"), ("2024-07-01", "S", "", "")],
        {"replaced_by_later_return": [("2024-episodes.csv", 2, "DECOM")]},
    ),
    "nothing to mend": (
        episode("24/10/2023", "S", "V2", "A", "10/02/2024", "X1") + episode("10/02/2024", "P", "V2", "B"),
        episode("10/02/2024", "P", "V2", "B", "01/05/2024", "X1") + episode("01/05/2024", "P", "V2", "C"),
        [
            ("2023-10-24", "S", "2024-02-10", "X1"),
            ("2024-02-10", "P", "2024-05-01", "X1"),
            ("2024-05-01", "P", "", ""),
        ],
        {},
    ),
}


@pytest.mark.parametrize("what", MENDED)
def test_next_return_mends_what_the_last_one_left_open(tmp_path: Path, landing: Path, what: str) -> None:
    first, second, mended, rules = MENDED[what]
    report = history(tmp_path / "returns", landing, {2024: first, 2025: second})
    assert episodes_in(landing) == mended
    assert {rule: places(report, rule) for rule in rules} == rules
    assert sum(found.effect.startswith("set_aside") for found in report.findings) == len(rules)
    assert report.has_set_aside == bool(rules)
    told = rows_of(landing / "findings.csv")
    assert {(row["extract"], row["rule"]) for row in told if row["effect"] != "flagged"} == {
        ("ssd_cla_episodes", rule) for rule in rules
    }


def test_history_of_three_returns_is_mended_year_by_year(tmp_path: Path, landing: Path) -> None:
    years = {
        2023: episode("01/06/2022", "S", "C2", "A"),
        2024: episode("02/06/2022", "S", "C2", "A") + episode("10/03/2024", "P", "C2", "B"),
        2025: episode("09/03/2024", "P", "C2", "B", "13/02/2025", "E4A"),
    }
    report = history(tmp_path / "returns", landing, years)
    assert episodes_in(landing) == [
        ("2022-06-02", "S", "2024-03-09", "X1"),
        ("2024-03-09", "P", "2025-02-13", "E4A"),
    ]
    for count in report.files:
        assert count.rows == count.loaded + count.merged + count.not_needed + count.set_aside


def test_defects_within_one_return_are_not_mended(tmp_path: Path, landing: Path) -> None:
    told = episode("24/10/2023", "S", "V2", "A", "10/03/2024", "X1") + episode("10/02/2024", "P", "V2", "B")
    report = history(tmp_path / "2024", landing, {2024: told})
    assert [row[2] for row in episodes_in(landing)] == ["2024-03-10", ""]
    assert not report.has_set_aside


def test_missing_episode_left_open_ends_after_the_year_or_gives_way(tmp_path: Path, landing: Path) -> None:
    row = "{},10/05/2014,M,{},{} "
    years = {
        2024: row.format("6", "20/03/2024", "") + row.format("7", "30/03/2024", ""),
        2025: row.format("7", "29/03/2024", "02/04/2024"),
    }
    report = history(tmp_path / "returns", landing, years, "missing")
    shown = [list(row.values())[2:5] for row in rows_of(landing / "ssd_missing.csv")]
    assert shown == [["2024-03-20", "M", "2024-04-01"], ["2024-03-29", "M", "2024-04-02"]]
    assert places(report, "missing_from_later_return") == [("2024-missing.csv", 2, "MIS_END")]
    assert places(report, "replaced_by_later_return") == [("2024-missing.csv", 3, "MIS_START")]


def test_decision_for_adoption_gives_way_to_a_corrected_one_and_never_ends(
    tmp_path: Path, landing: Path
) -> None:
    row = "{},10/05/2014,{},, "
    years = {
        2024: row.format("7", "01/08/2023") + row.format("8", "01/08/2023"),
        2025: row.format("7", "02/08/2023"),
    }
    report = history(tmp_path / "returns", landing, years, "placed_for_adoption")
    shown = ["perm_person_id", "perm_adm_decision_date", "perm_decision_reversed_date"]
    told = [[row[name] for name in shown] for row in rows_of(landing / "ssd_permanence.csv")]
    assert told == [["7", "2023-08-02", ""], ["8", "2023-08-01", ""]]
    assert places(report, "start_corrected_by_later_return") == [
        ("2024-placed_for_adoption.csv", 2, "DATE_PLACED")
    ]


def test_social_worker_of_a_child_who_is_told_no_more_ends_without_a_finding(
    tmp_path: Path, landing: Path
) -> None:
    row = "{},10/05/2014,SW{},{},,FCONTA "
    years = {
        2024: row.format("7", 1, "01/06/2023") + row.format("8", 1, "01/06/2023"),
        2025: row.format("7", 2, "01/06/2023"),
    }
    report = history(tmp_path / "returns", landing, years, "sw_episodes")
    shown = ["invo_person_id", "invo_professional_id", "invo_involvement_end_date"]
    told = [[row[name] for name in shown] for row in rows_of(landing / "ssd_involvements.csv")]
    assert told == [["7", "SW2", ""], ["8", "SW1", "2024-04-01"]]
    assert places(report, "missing_from_later_return") == []


def test_child_whom_no_later_return_lists_as_unaccompanied_no_longer_is(
    tmp_path: Path, landing: Path
) -> None:
    row = "{},F,10/05/2014,10/05/2032 "
    years = {2024: row.format("7") + row.format("8"), 2025: row.format("8")}
    history(tmp_path / "returns", landing, years, "uasc")
    ends = [
        row["immi_immigration_status_end_date"] for row in rows_of(landing / "ssd_immigration_status.csv")
    ]
    assert ends == ["2024-04-01", ""]


# --- Care leavers of several years


CARE_LEAVERS = {
    # child, date of birth: IN_TOUCH in 2023, 2024 and 2025, and the spells: start and end
    "stays": ("01/02/2005", ("YES", "NO", "REFU"), [("2023-02-01", "")]),
    "died": ("01/02/2005", ("YES", "DIED", "DIED"), [("2023-02-01", "2024-02-01")]),
    "died_first": ("01/02/2003", ("DIED", None, None), [("2021-02-01", "2023-02-01")]),
    "went_home": ("01/02/2005", ("YES", "RHOM", None), [("2023-02-01", "2024-02-01")]),
    "came_back": ("01/02/2005", ("YES", "RHOM", "YES"), [("2023-02-01", "2024-02-01"), ("2025-02-01", "")]),
    "left_out": ("01/02/2005", ("YES", None, None), [("2023-02-01", "2023-04-01")]),
    "left_out_once": ("01/02/2005", ("YES", None, "YES"), [("2023-02-01", "2023-04-01"), ("2025-02-01", "")]),
    "is_22": ("01/02/2002", ("YES", None, None), [("2020-02-01", "2024-02-01")]),
    "is_21_at_last": ("01/02/2004", (None, "YES", "YES"), [("2022-02-01", "")]),
    "is_17": ("01/02/2008", (None, None, "YES"), [("2025-02-01", "")]),
}


def test_care_leavers_who_died_went_home_or_are_told_no_more_are_no_longer_open(
    tmp_path: Path, landing: Path
) -> None:
    years = {
        year: "".join(
            f"{child},{born},{told[turn]},F1,U1 "
            for child, (born, told, _) in CARE_LEAVERS.items()
            if told[turn]
        )
        for turn, year in enumerate((2023, 2024, 2025))
    }
    history(tmp_path / "returns", landing, years, "oc3")
    extracts = read(landing)
    for child, (_, _, spells) in CARE_LEAVERS.items():
        rows = of(extracts["local_care_leaver_spells"], "person_id", child)
        assert [(row["start_date"], row["end_date"]) for row in rows] == spells, child
        assert [(row["open_start_date"], row["open_end_date"]) for row in rows] == spells, child
    deaths = {row["pers_person_id"]: row["pers_death_date"] for row in extracts["ssd_person"]}
    assert {child: on for child, on in deaths.items() if on} == {
        "died": "2024-02-01",
        "died_first": "2023-02-01",
    }


def test_child_who_died_in_care_has_the_day_of_death(tmp_path: Path, landing: Path) -> None:
    import_ssda903(
        small_return(tmp_path / "2025", episode("01/06/2024", "S", "C2", "A", "05/01/2025", "E2")), landing
    )
    assert read(landing)["ssd_person"][0]["pers_death_date"] == "2025-01-05"


# --- Which year


@pytest.mark.parametrize("name", ["ssda903_2025", "2025", "903 return, year 2025"])
def test_year_is_that_in_the_folders_name(tmp_path: Path, landing: Path, name: str) -> None:
    assert import_ssda903(write_invented_return(tmp_path / name), landing).years == (2025,)


@pytest.mark.parametrize("name", ["return", "2024-25", "from 2024 to 2025"])
def test_year_must_be_given_when_no_name_says_it(tmp_path: Path, landing: Path, name: str) -> None:
    folder = write_invented_return(tmp_path / name)
    with pytest.raises(Stop, match="--year") as stop:
        import_ssda903(folder, landing)
    assert stop.value.code == 60
    assert import_ssda903(folder, landing, year=2025).years == (2025,)


def test_year_in_the_files_names_comes_first(tmp_path: Path, landing: Path) -> None:
    folder = write_invented_return(tmp_path / "2019", (2024, 2025))
    assert import_ssda903(folder, landing, year=2020).years == (2024, 2025)


def test_year_that_contradicts_the_folder_is_refused(one_year: Path, landing: Path) -> None:
    with pytest.raises(Stop, match="2025, --year says 2024") as stop:
        import_ssda903(one_year, landing, year=2024)
    assert stop.value.code == 60


# --- Names and spellings of others


@pytest.mark.parametrize(
    ("stem", "table", "year"),
    [
        ("episodes", "episodes", None),
        ("2024-episodes", "episodes", 2024),
        ("2024_Header", "header", 2024),
        ("SSDA903_2020_episodes", "episodes", 2020),
        ("SSDA903_2022-23_episodes", "episodes", 2023),
        ("SSDA903 2019-2020 OC2", "oc2", 2020),
        ("935_2023_UASC", "uasc", 2023),
        ("Reviews 2024", "reviews", 2024),
        ("PlacedAdoption", "placed_for_adoption", None),
        ("Placed For Adoption (2)", "placed_for_adoption", None),
        ("SWEpisodes", "sw_episodes", None),
        ("SW Episodes - Copy", "sw_episodes", None),
        ("PrevPerm", "previous_permanence", None),
        (" EPISODES (1) ", "episodes", None),
        ("Copy of AD1", "ad1", None),
        ("DoLo", "dolo", None),
        ("SSDA903_2025_social_worker", "sw_episodes", 2025),
        ("2027-deprivation_of_liberty_order", "dolo", 2027),
        ("Deprivation of Liberty", "dolo", None),
        ("Episodes2024", "episodes", 2024),
        ("SSDA903Header2019-20", "header", 2020),
        ("old episodes", None, None),
        ("notes", None, None),
    ],
)
def test_file_is_known_by_its_name(stem: str, table: str | None, year: int | None) -> None:
    assert table_and_year(stem) == (table, year)


def test_files_under_other_names_give_the_same_extracts(
    tmp_path: Path, one_year: Path, landing: Path
) -> None:
    import_ssda903(one_year, landing)
    names = {
        "sw_episodes": "SWEpisodes",
        "placed_for_adoption": "PlacedAdoption",
        "previous_permanence": "PrevPerm",
    }
    renamed = tmp_path / "from the vendor"
    renamed.mkdir()
    for path in one_year.iterdir():
        name = names.get(path.stem, path.stem.capitalize())
        (renamed / f"SSDA903 2024-25 {name} (1).CSV").write_bytes(path.read_bytes())
    report = import_ssda903(renamed, tmp_path / "other landing")
    assert report.years == (2025,)
    before, after = contents(landing), contents(tmp_path / "other landing")
    assert {name for name in before if before[name] != after[name]} == {"findings.csv"}


def test_table_under_two_names_is_refused(one_year: Path, landing: Path) -> None:
    (one_year / "Episodes (1).csv").write_bytes((one_year / "episodes.csv").read_bytes())
    stop = refused(one_year, landing)
    assert stop.code == 60
    assert "episodes of 2025 is there twice" in str(stop)


def test_whole_numbers_with_a_point_are_what_they_were(one_year: Path, landing: Path) -> None:
    sound = import_ssda903(one_year, landing)
    before = contents(landing)
    for path in one_year.iterdir():
        text = re.sub(r"(?<=[,\n])(\d+)(?=[,\n])", r"\1.0", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    assert ",1.0," in (one_year / "oc2.csv").read_text()
    report = import_ssda903(one_year, landing)
    assert contents(landing) == before
    assert report.findings == sound.findings


def test_urn_of_crosses_is_none(tmp_path: Path, landing: Path) -> None:
    import_ssda903(small_return(tmp_path / "2025", "7,01/06/2024,S,C2,N1,U6,PR1,,,,,A,XXXXXXX"), landing)
    assert read(landing)["ssd_cla_placement"][0]["clap_cla_placement_urn"] == ""


# --- XML


def test_xml_gives_the_extracts_of_the_csv_files(one_year: Path, tmp_path: Path, landing: Path) -> None:
    import_ssda903(one_year, landing, as_at=AS_AT)
    write_invented_xml(tmp_path / "xml" / "SSDA903 2024-25.xml")
    report = import_ssda903(tmp_path / "xml", tmp_path / "other landing", as_at=AS_AT)
    before, after = contents(landing), contents(tmp_path / "other landing")
    assert {name for name in before if before[name] != after[name]} == {"findings.csv"}
    assert report.years == (2025,)
    assert {count.file: count.loaded for count in report.files}["SSDA903 2024-25.xml/uasc"] == 1
    assert report.counts() == {"care_began_before_the_returns": 9, "gap_between_episodes": 1}


def test_wrong_value_in_xml_is_told_by_table_line_and_column(tmp_path: Path, landing: Path) -> None:
    path = write_invented_xml(tmp_path / "2025.xml")
    text = (
        path.read_text()
        .replace("<REVIEW>", "<REVIEW>ZZCANARY", 1)
        .replace("<ETHNIC>", "<HAIR>red</HAIR><ETHNIC>", 1)
    )
    path.write_text(text)
    lines = text.splitlines()
    report = import_ssda903(tmp_path, landing)
    review = next(number for number, line in enumerate(lines, start=1) if "ZZCANARY" in line)
    assert places(report, "unreadable_date") == [("2025.xml/reviews", review - 1, "REVIEW")]
    hair = next(number for number, line in enumerate(lines, start=1) if "HAIR" in line)
    assert places(report, "unknown_column") == [("2025.xml", hair, "HAIR")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<EXPSSDA903><CHILD><HEADER>", "2025.xml, line 1: unreadable_xml"),
        (
            '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><EXPSSDA903>&e;</EXPSSDA903>',
            "document_type",
        ),
        ("<EXPSSDA903></EXPSSDA903>", "2025.xml/header, line 1: no_usable_rows"),
        (
            "<EXPSSDA903><CHILD><HEADER><CHILDID>7</CHILDID></HEADER></CHILD></EXPSSDA903>",
            "2025.xml/episodes",
        ),
    ],
)
def test_xml_that_cannot_be_used_is_refused(tmp_path: Path, landing: Path, text: str, says: str) -> None:
    (tmp_path / "2025.xml").write_text(text)
    stop = refused(tmp_path, landing)
    assert stop.code == 20
    assert says in str(stop)


def test_a_year_in_xml_and_in_csv_is_there_twice(one_year: Path, landing: Path) -> None:
    write_invented_xml(one_year / "return.xml")
    assert "is there twice" in str(refused(one_year, landing))


# --- Bad input


def refused(folder: Path, landing: Path) -> Stop:
    with pytest.raises(Stop) as stop:
        import_ssda903(folder, landing, year=None)
    assert not landing.exists()
    return stop.value


def test_folder_that_is_not_there_or_no_return_is_a_wrong_setting(tmp_path: Path, landing: Path) -> None:
    assert refused(tmp_path / "nowhere", landing).code == 60
    (tmp_path / "2025").mkdir()
    (tmp_path / "2025" / "accounts.csv").write_text("a\n")
    stop = refused(tmp_path / "2025", landing)
    assert stop.code == 60
    assert "no SSDA903 return" in str(stop)


def test_years_that_leave_one_out_are_refused(tmp_path: Path, landing: Path) -> None:
    stop = refused(write_invented_return(tmp_path / "returns", (2022, 2024)), landing)
    assert stop.code == 60
    assert "no return of 2023" in str(stop)


@pytest.mark.parametrize("table", ["header", "episodes"])
def test_missing_essential_table_is_refused(one_year: Path, landing: Path, table: str) -> None:
    (one_year / f"{table}.csv").unlink()
    stop = refused(one_year, landing)
    assert stop.code == 20
    assert f"no {table} of 2025" in str(stop)


@pytest.mark.parametrize(("year", "is_taken"), [(2015, True), (2016, False)])
def test_column_may_lack_in_years_that_did_not_ask_for_it(
    tmp_path: Path, landing: Path, year: int, is_taken: bool
) -> None:
    care = {year: {"episodes": "7,01/06/2014,S,C2,N1,U6,,,,,,A,1"}}
    folder = write_returns(tmp_path / "returns", care)
    path = folder / f"{year}-episodes.csv"
    asked_later = (6, 9)  # PLACE_PROVIDER and REASON_PLACE_CHANGE
    rows = [line.split(",") for line in path.read_text().splitlines()]
    kept = [[cell for place, cell in enumerate(row) if place not in asked_later] for row in rows]
    write_table(folder, path.stem, kept)
    if is_taken:
        import_ssda903(folder, landing)
        assert of(read(landing)["ssd_cla_placement"], "clap_cla_placement_type", "U6")
    else:
        assert "column PLACE_PROVIDER: missing_column" in str(refused(folder, landing))


def test_header_of_another_kind_is_refused_with_the_nearest_name(tmp_path: Path, landing: Path) -> None:
    folder = write_invented_return(tmp_path / "2025", defects=["renamed column"])
    stop = refused(folder, landing)
    assert stop.code == 20
    assert "episodes.csv, line 1, column DECOM: missing_column" in str(stop)
    assert "decomm" in str(stop)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text[:0], "empty_file"),
        (lambda text: text.replace(",", ";"), "wrong_delimiter"),
        (lambda text: text[:-3], "no_final_line_break"),
        (lambda text: text.replace("\n101,", '\n"101,', 1), "unbalanced_quotes"),
        (lambda text: text.replace("DECOM,RNE", "DECOM,DECOM"), "column DECOM: duplicate_column"),
        (lambda text: text.split("\n", 1)[1], "no_header"),
    ],
)
def test_file_that_cannot_be_used_is_refused(one_year: Path, landing: Path, change, says: str) -> None:
    path = one_year / "episodes.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    stop = refused(one_year, landing)
    assert stop.code == 20
    assert says in str(stop)
    assert "9000001" not in str(stop)


def test_all_reasons_are_told_at_once(one_year: Path, landing: Path) -> None:
    for table in ("header", "reviews"):
        (one_year / f"{table}.csv").write_text("CHILD\n", encoding="utf-8")
    stop = str(refused(one_year, landing))
    assert "header.csv" in stop
    assert "reviews.csv" in stop


@pytest.mark.parametrize("table", ["header", "episodes"])
@pytest.mark.parametrize("row", ["", ",,,,,,,,,,,,"])
def test_essential_table_without_a_row_is_refused(
    one_year: Path, landing: Path, table: str, row: str
) -> None:
    titles = [name for name in TABLES[table] if name != "PL_DISTANCE"]
    cells = row.split(",")[: len(titles)]
    write_table(one_year, table, [titles, *([[*cells[:-1], "x"]] if row else [])])
    stop = refused(one_year, landing)
    assert stop.code == 20
    assert f"{table}.csv, line 1: no_usable_rows" in str(stop)


def test_essential_table_of_any_year_needs_rows(tmp_path: Path, landing: Path) -> None:
    folder = write_invented_return(tmp_path / "returns", (2024, 2025))
    write_table(folder, "2024-episodes", [list(TABLES["episodes"])[:13]])
    assert "2024-episodes.csv, line 1: no_usable_rows" in str(refused(folder, landing))


def test_table_that_is_not_needed_and_cannot_be_read_is_told_and_left_out(
    one_year: Path, landing: Path
) -> None:
    (one_year / "previous_permanence.csv").write_text("CHILD;DOB\n", encoding="utf-8")
    (one_year / "dolo.csv").write_text("", encoding="utf-8")
    report = import_ssda903(one_year, landing)
    assert places(report, "not_needed_and_unreadable") == [
        ("dolo.csv", 0, ""),
        ("previous_permanence.csv", 0, ""),
    ]
    assert not report.has_set_aside
    assert len(read(landing)["ssd_person"]) == 40


@pytest.mark.parametrize("header_only", ["UNNAMED", "LA"])
def test_header_wider_than_every_row_is_told_and_read(
    one_year: Path, landing: Path, header_only: str
) -> None:
    sound = import_ssda903(one_year, landing)
    before = contents(landing)
    path = one_year / "episodes.csv"
    titles, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(
        f"{titles.strip()},{header_only.replace('UNNAMED', '')}\n" + "".join(rows), encoding="utf-8"
    )
    report = import_ssda903(one_year, landing)
    assert places(report, "header_wider_than_rows") == [("episodes.csv", 1, "")]
    assert report.files == sound.files
    after = contents(landing)
    assert {name for name in after if after[name] != before[name]} == {"findings.csv"}


def test_last_columns_that_no_row_reaches_are_empty(tmp_path: Path, landing: Path) -> None:
    folder = small_return(tmp_path / "2025", episode("01/06/2024", "S", "C2", "A"), uasc="7,F,10/05/2014")
    report = import_ssda903(folder, landing)
    assert [row["immi_immigration_status_end_date"] for row in read(landing)["ssd_immigration_status"]] == [
        ""
    ]
    assert places(report, "header_wider_than_rows") == [("uasc.csv", 1, "")]
    assert not report.has_set_aside


EXPECTED = {
    "overlapping episodes": ("overlapping_episode", "episodes.csv", 5, "DECOM", "flagged"),
    "gap between episodes": ("gap_between_episodes", "episodes.csv", 6, "DECOM", "flagged"),
    "open episode that is not the last": ("open_episode_not_last", "episodes.csv", 18, "DEC", "flagged"),
    "open episode with a reason for ceasing": (
        "open_episode_with_reason",
        "episodes.csv",
        2,
        "REC",
        "flagged",
    ),
    "end before start": ("end_before_start", "missing.csv", 4, "MIS_END", "flagged"),
    "future review": ("after_as_at", "reviews.csv", 61, "REVIEW", "flagged"),
    "unknown code": ("unknown_code", "episodes.csv", 2, "PLACE", "flagged"),
    "unreadable date": ("impossible_date", "reviews.csv", 2, "REVIEW", "set_aside_value"),
    "unreadable end date": ("excel_date_number", "episodes.csv", 16, "DEC", "set_aside_value"),
    "text in a number": ("unreadable_number", "oc2.csv", 2, "SDQ_SCORE", "set_aside_value"),
    "row with too few fields": ("wrong_field_count", "reviews.csv", 61, "", "set_aside_row"),
    "row twice": ("repeated_row", "episodes.csv", 43, "", "set_aside_row"),
    "child not in the header": ("child_not_in_header", "missing.csv", 7, "CHILD", "flagged"),
}


@pytest.mark.parametrize("defect", EXPECTED)
def test_defect_is_reported_by_file_line_column_and_rule(tmp_path: Path, landing: Path, defect: str) -> None:
    rule, file, line, column, effect = EXPECTED[defect]
    sound = import_ssda903(write_invented_return(tmp_path / "sound 2025"), landing, as_at=AS_AT)
    folder = write_invented_return(tmp_path / "2025", defects=[defect])
    report = import_ssda903(folder, landing, as_at=AS_AT)
    assert (file, line, column, rule, effect) in report.findings
    assert report.counts()[rule] == sound.counts().get(rule, 0) + 1
    assert report.has_set_aside == effect.startswith("set_aside")


def test_every_defect_is_tested() -> None:
    assert set(EXPECTED) | {"renamed column", "missing file"} == set(DEFECTS)


def test_value_that_cannot_be_read_is_delivered_empty(tmp_path: Path, landing: Path) -> None:
    folder = write_invented_return(tmp_path / "2025", defects=["unreadable end date", "text in a number"])
    import_ssda903(folder, landing)
    extracts = read(landing)
    assert of(extracts["ssd_cla_episodes"], "clae_person_id", "108")[0]["clae_cla_episode_ceased_date"] == ""
    assert of(extracts["ssd_sdq_scores"], "csdq_person_id", "101") == []


def test_unknown_code_and_future_date_are_delivered_as_they_are(tmp_path: Path, landing: Path) -> None:
    folder = write_invented_return(tmp_path / "2025", defects=["unknown code", "future review"])
    import_ssda903(folder, landing, as_at=AS_AT)
    extracts = read(landing)
    assert extracts["ssd_cla_placement"][0]["clap_cla_placement_type"] == "Q9"
    assert "2026-08-14" in {row["clar_cla_review_date"] for row in extracts["ssd_cla_reviews"]}


def test_row_that_tells_a_known_episode_differently_is_set_aside(tmp_path: Path, landing: Path) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2024", "S", "C2", "A") + episode("01/06/2024", "S", "V2", "A"),
    )
    report = import_ssda903(folder, landing)
    assert places(report, "conflicting_row") == [("episodes.csv", 3, "")]
    assert read(landing)["ssd_legal_status"][0]["lega_legal_status"] == "C2"


def test_row_without_child_or_date_and_mangled_ids_are_set_aside(tmp_path: Path, landing: Path) -> None:
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2024", "S", "C2", "A") + episode("", "S", "C2", "A"),
        missing=",10/05/2014,M,01/07/2024, 9.43E+09,10/05/2014,M,01/07/2024,",
    )
    report = import_ssda903(folder, landing)
    assert places(report, "no_key") == [
        ("episodes.csv", 3, "DECOM"),
        ("missing.csv", 2, "CHILD"),
        ("missing.csv", 3, "CHILD"),
    ]
    assert places(report, "id_in_scientific_notation") == [("missing.csv", 3, "CHILD")]


def test_unknown_files_and_columns_are_reported_and_ignored(one_year: Path, landing: Path) -> None:
    (one_year / "notes.csv").write_text("a\n", encoding="utf-8")
    text = (one_year / "uasc.csv").read_text(encoding="utf-8")
    (one_year / "uasc.csv").write_text(text.replace("DUC", "DUC,LA").replace("2026", "2026,885"))
    report = import_ssda903(one_year, landing)
    assert places(report, "unknown_file") == [("notes.csv", 0, "")]
    assert places(report, "unknown_column") == [("uasc.csv", 1, "COLUMN 5")]


# --- The report


def test_report_holds_no_value_of_the_return(tmp_path: Path, landing: Path) -> None:
    canary = "ZZCANARY"
    folder = small_return(
        tmp_path / "2025",
        episode("01/06/2024", "S", canary, canary) + f"{canary}8,{canary},S,C2,N1,U6,PR1,,,,,, ",
        oc2=f"{canary},01/01/2010,{canary},{canary},{canary},0,0,0,0,0,0,0",
        oc3=f"{canary},{canary},{canary},{canary},{canary}",
    )
    report = import_ssda903(folder, landing, as_at=AS_AT)
    console = Console(file=io.StringIO(), width=200)
    console.print(report.render())
    assert len(report.findings) >= 8
    assert canary not in json.dumps(report.as_dict()) + console.file.getvalue()


def test_report_reads_as_json_and_says_what_was_not_needed(one_year: Path, landing: Path) -> None:
    report = import_ssda903(one_year, landing, as_at=AS_AT)
    told = json.loads(json.dumps(report.as_dict()))
    assert told["years"] == [2025]
    assert told["extracts"]["ssd_person"] == 40
    assert told["counts"] == {"care_began_before_the_returns": 9, "gap_between_episodes": 1}
    assert {"previous_permanence", "dolo", "header MC_DOB", "episodes HOME_POST"} <= set(told["not_needed"])
    assert all(meaning_of(found["rule"]) for found in told["findings"])


# --- The landing folder


def test_import_replaces_what_it_wrote_before(one_year: Path, landing: Path) -> None:
    import_ssda903(one_year, landing)
    (one_year / "uasc.csv").unlink()
    import_ssda903(one_year, landing)
    assert not (landing / "ssd_immigration_status.csv").exists()
    listed = (landing / MARKER).read_text().splitlines()
    assert sorted(path.name for path in landing.iterdir()) == sorted([MARKER, *listed])


def test_landing_folder_with_other_files_is_refused_before_anything_is_read(
    tmp_path: Path, landing: Path
) -> None:
    landing.mkdir()
    (landing / "ssd_person.csv").write_text("theirs\n")
    with pytest.raises(Stop, match="did not write") as stop:
        import_ssda903(tmp_path / "nowhere", landing)
    assert stop.value.code == 60
    assert MARKER in str(stop.value)
    assert (landing / "ssd_person.csv").read_text() == "theirs\n"


def test_refused_return_leaves_the_landing_folder_as_it_was(one_year: Path, landing: Path) -> None:
    import_ssda903(one_year, landing)
    before = contents(landing)
    (one_year / "header.csv").unlink()
    with pytest.raises(Stop):
        import_ssda903(one_year, landing)
    assert contents(landing) == before


def test_interrupted_writing_leaves_a_folder_known_as_ours(landing: Path, monkeypatch) -> None:
    replace_files(landing, {"a.csv": "old\n"})

    def stop_at_b(path: Path, target: Path) -> Path:
        if target.name == "b.csv":
            raise KeyboardInterrupt
        return path.rename(target)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "replace", stop_at_b)
        replace_files(landing, {"a.csv": "new\n", "b.csv": "new\n"})
    replace_files(landing, {"a.csv": "newer\n"})
    assert sorted(path.name for path in landing.iterdir()) == [MARKER, "a.csv"]
    assert (landing / "a.csv").read_text() == "newer\n"


def test_files_are_for_the_owner_alone(one_year: Path, landing: Path) -> None:
    import_ssda903(one_year, landing)
    assert landing.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in landing.iterdir()} == {0o600}
