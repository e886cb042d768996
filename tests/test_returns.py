"""
Imports of CIN census returns and of Annex A: every row used or told, as many as a plain count of the files.

The counts here are made from the files by regular expressions and cells, without anything of the importers.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from csc_measures.returns.annex_a.importing import import_annex_a, months_before
from csc_measures.returns.annex_a.lists import LISTS, columns_of, readers
from csc_measures.returns.cin.importing import import_cin
from csc_measures.returns.importing import Kind, import_return, kind_of
from csc_measures.returns.report import ImportReport, meaning_of
from csc_measures.stop import Stop
from invented_census import CENSUS_2014, CENSUS_2015, HEADED, LETTERED, TITLED, write_census, write_workbook
from invented_return import write_invented_return, write_invented_xml

CANARY = "ZZCANARY"
MADE = date(2021, 3, 31)
Extracts = dict[str, list[dict[str, str]]]


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return tmp_path / "landing"


def read(landing: Path) -> Extracts:
    return {
        path.stem: list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        for path in sorted(landing.glob("*.csv"))
    }


def of(rows: list[dict[str, str]], column: str, value: str) -> dict[str, str]:
    (row,) = [row for row in rows if row[column] == value]
    return row


def places(report: ImportReport, rule: str) -> list[tuple[str, int, str]]:
    return [(found.file, found.line, found.column) for found in report.findings if found.rule == rule]


def line_of(text: str, words: str) -> int:
    """Give the number of the first line that has these words."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)


def refused(path: Path, landing: Path, **said: object) -> Stop:
    with pytest.raises(Stop) as stop:
        import_return(path, landing, **said)
    assert not landing.exists()
    return stop.value


# --- CIN census

COUNTED = {
    "ssd_person": "LAchildID",
    "ssd_disability": "Disability",
    "ssd_cin_episodes": "CINreferralDate",
    "ssd_cin_assessments": "AssessmentActualStartDate",
    "ssd_cin_plans": "CINPlanStartDate",
    "ssd_s47_enquiry": "S47ActualStartDate",
    "ssd_initial_cp_conference": "DateOfInitialCPC",
    "ssd_cp_plans": "CPPstartDate",
    "ssd_cp_reviews": "CPPreviewDate",
}


def counted(text: str) -> Counter[str]:
    """Count the elements of a census that have a value."""
    return Counter(re.findall(r"<(?:\w+:)?(\w+)>[^<>\s]", text))


@pytest.mark.parametrize("text", [CENSUS_2014, CENSUS_2015])
def test_census_gives_as_many_rows_as_its_elements(tmp_path: Path, landing: Path, text: str) -> None:
    report = import_cin(write_census(tmp_path / "in", census=text), landing)
    extracts, there = read(landing), counted(text)
    assert {name: len(extracts.get(name, [])) for name in COUNTED} == {
        name: there[element] for name, element in COUNTED.items()
    }
    for count in report.files:
        assert count.rows == count.loaded + count.merged + count.not_needed + count.set_aside
    used = {element: there[element] for element in ("AssessmentInternalReviewDate", "NumberOfPreviousCPP")}
    told = " ".join(report.not_needed)
    assert all(f"{element} ({n})" in told for element, n in used.items() if n)


def test_a_module_or_list_of_whose_rows_none_can_be_used_covers_nothing(tmp_path: Path) -> None:
    text = re.sub(r"(CINreferralDate>)\d[^<]+", r"\g<1>03-Feb-2014", CENSUS_2014)
    (headings, *rows) = LETTERED["List 8"]
    began = [
        place for place, heading in enumerate(headings) if "started to be looked after" in heading.lower()
    ]
    assert began
    spoilt = [[None if place in began else cell for place, cell in enumerate(row)] for row in rows]
    workbook = write_workbook(tmp_path / "a.xlsx", LETTERED | {"List 8": [headings, *spoilt]})
    imported = (
        (import_cin(write_census(tmp_path / "in", census=text), tmp_path / "cin"), "census.xml/CINdetails"),
        (import_annex_a(workbook, tmp_path / "annex", as_at=MADE), "a.xlsx/List 8"),
    )
    for report, file in imported:
        assert (file, 1, "") in places(report, "nothing_usable")
    assert "ssd_cin_episodes" not in read(tmp_path / "cin")
    assert "ssd_cla_episodes" not in read(tmp_path / "annex")


def test_values_of_a_census_are_where_the_contract_has_them(tmp_path: Path, landing: Path) -> None:
    report = import_cin(write_census(tmp_path / "in", old=CENSUS_2014), landing)
    extracts = read(landing)
    assert report.years == (2014,)
    assert of(extracts["ssd_person"], "pers_person_id", "1")["pers_sex"] == "F"
    assert of(extracts["ssd_person"], "pers_person_id", "1")["pers_dob"] == "2005-05-05"
    assert of(extracts["ssd_person"], "pers_person_id", "2")["pers_sex"] == "U"
    assert of(extracts["ssd_person"], "pers_person_id", "2")["pers_expected_dob"] == "2014-05-01"
    assert [row["cine_referral_nfa"] for row in extracts["ssd_cin_episodes"]] == ["N", "Y"]
    (assessment,) = extracts["ssd_cin_assessments"]
    assert assessment["cina_referral_id"] == "1-20130603"
    assert assessment["cina_assessment_auth_date"] == "2013-07-15"
    (conference,) = extracts["ssd_initial_cp_conference"]
    (plan,) = extracts["ssd_cp_plans"]
    assert conference["icpc_s47_enquiry_id"] == extracts["ssd_s47_enquiry"][0]["s47e_s47_enquiry_id"]
    assert conference["icpc_cp_plan_id"] == plan["cppl_cp_plan_id"] == "1-20130628"
    assert plan["cppl_icpc_id"] == conference["icpc_icpc_id"]
    assert plan["cppl_cp_plan_latest_category"] == "EMO"
    assert {row["cppr_cp_plan_id"] for row in extracts["ssd_cp_reviews"]} == {"1-20130628"}
    assert places(report, "unknown_element") == [
        ("old.xml/CINdetails", line_of(CENSUS_2014, "CoreAssessment"), "CoreAssessment")
    ]


def test_modules_that_are_not_needed_are_counted_and_a_lone_conference_is_kept(
    tmp_path: Path, landing: Path
) -> None:
    text = re.sub(r"<Section47>.*?</Section47>", "", CENSUS_2015, flags=re.S)
    text = text.replace("2015-03-31", "2015-06-09").replace(
        "</CINdetails>",
        "<PreProceedingsandFGDM><PPOutcome>A</PPOutcome></PreProceedingsandFGDM></CINdetails>",
    )
    report = import_cin(write_census(tmp_path / "in", census=text), landing)
    assert report.years == (2015,)
    assert len(places(report, "reference_date_differs")) == 1
    assert "CINdetails PreProceedingsandFGDM (2)" in report.not_needed
    assert not places(report, "unknown_element")
    assert len(read(landing)["ssd_initial_cp_conference"]) == 1
    assert "ssd_s47_enquiry" not in report.extracts


def test_census_covers_its_year_and_names_what_it_does_not_tell(tmp_path: Path, landing: Path) -> None:
    import_cin(write_census(tmp_path / "in", old=CENSUS_2014), landing)
    coverage = {row["extract"]: row for row in read(landing)["coverage"]}
    assert {(row["covered_from"], row["covered_to"], row["population"]) for row in coverage.values()} == {
        ("2013-04-01", "2014-03-31", "all")
    }
    assert "s47e_s47_end_date" in coverage["ssd_s47_enquiry"]["not_told"].split()
    assert "s47e_s47_start_date" not in coverage["ssd_s47_enquiry"]["not_told"].split()
    assert not {"ssd_cin_plans", "ssd_disability", "ssd_assessment_factors"} & set(coverage)


def test_census_of_two_years_is_one_history(tmp_path: Path, landing: Path) -> None:
    report = import_cin(write_census(tmp_path / "in", b=CENSUS_2014, a=CENSUS_2015), landing)
    extracts = read(landing)
    assert report.years == (2014, 2015)
    assert (
        of(extracts["ssd_cin_episodes"], "cine_referral_id", "1-20130603")["cine_close_date"] == "2014-10-31"
    )
    assert (
        of(extracts["ssd_cin_episodes"], "cine_referral_id", "2-20140303")["cine_close_date"] == "2014-04-01"
    )
    assert places(report, "missing_from_later_return") == [
        ("b.xml/CINdetails", line_of(CENSUS_2014, "2014-03-03"), "CINclosureDate")
    ]
    assert len(extracts["ssd_cp_plans"]) == 1
    assert len(extracts["ssd_cp_reviews"]) == 3
    assert {row["cppr_cp_plan_id"] for row in extracts["ssd_cp_reviews"]} == {"1-20130628"}
    assert of(extracts["ssd_cin_assessments"], "cina_person_id", "1")["cina_referral_id"] == "1-20130603"
    transfer = of(extracts["ssd_initial_cp_conference"], "icpc_person_id", "3")
    assert (transfer["icpc_icpc_transfer_in"], transfer["icpc_s47_enquiry_id"]) == ("Y", "")
    enquiries = [row for row in extracts["ssd_s47_enquiry"] if row["s47e_person_id"] == "3"]
    assert [row["s47e_s47_outcome_json"] for row in enquiries] == ['{"CP_CONFERENCE": "N"}', ""]
    assert extracts["ssd_assessment_factors"][0]["cinf_assessment_factors_json"] == '["16A", "3B"]'
    coverage = {row["extract"]: row["covered_from"] for row in extracts["coverage"]}
    assert coverage["ssd_cp_plans"] == "2013-04-01"
    assert coverage["ssd_cin_plans"] == "2014-04-01"


def test_next_census_stands_in_place_of_what_the_last_one_left_open(tmp_path: Path, landing: Path) -> None:
    after = CENSUS_2015.replace("2013-06-03", "2013-06-05").replace("2013-06-28", "2013-06-27")
    report = import_cin(write_census(tmp_path / "in", b=CENSUS_2014, a=after), landing)
    extracts = read(landing)
    referral = of(extracts["ssd_cin_episodes"], "cine_person_id", "1")
    assert (referral["cine_referral_id"], referral["cine_close_date"]) == ("1-20130605", "2014-10-31")
    assert of(extracts["ssd_cin_assessments"], "cina_person_id", "1")["cina_referral_id"] == "1-20130605"
    assert of(extracts["ssd_cp_plans"], "cppl_person_id", "1")["cppl_cp_plan_id"] == "1-20130627"
    assert {row["cppr_cp_plan_id"] for row in extracts["ssd_cp_reviews"]} == {"1-20130627"}
    assert places(report, "replaced_by_later_return") == [
        ("b.xml/CINdetails", line_of(CENSUS_2014, "2013-06-03"), "CINreferralDate"),
        ("b.xml/ChildProtectionPlans", line_of(CENSUS_2014, "<n:CPPstartDate>"), "CPPstartDate"),
    ]
    assert report.has_set_aside


def test_case_ends_where_the_next_census_tells_another(tmp_path: Path, landing: Path) -> None:
    after = CENSUS_2015.replace(
        "2013-06-03</CINreferralDate><ReferralSource>6", "2014-02-10</CINreferralDate><ReferralSource>1A"
    )
    report = import_cin(write_census(tmp_path / "in", b=CENSUS_2014, a=after), landing)
    cases = [row for row in read(landing)["ssd_cin_episodes"] if row["cine_person_id"] == "1"]
    assert [(row["cine_referral_date"], row["cine_close_date"]) for row in cases] == [
        ("2013-06-03", "2014-02-10"),
        ("2014-02-10", "2014-10-31"),
    ]
    assert places(report, "ended_by_next_episode") == [
        ("b.xml/CINdetails", line_of(CENSUS_2014, "2013-06-03"), "CINclosureDate")
    ]


def test_case_that_the_next_census_does_not_have_is_a_repair(tmp_path: Path, landing: Path) -> None:
    before = CENSUS_2014.replace("<n:ReferralNFA>1</n:ReferralNFA>", "")
    nothing_came, left_open = (
        import_cin(write_census(tmp_path / name, b=text, a=CENSUS_2015), landing)
        for name, text in {"nfa": CENSUS_2014, "open": before}.items()
    )
    effects = [
        {found.effect for found in report.findings if found.rule == "missing_from_later_return"}
        for report in (nothing_came, left_open)
    ]
    assert effects == [{"flagged"}, {"set_aside_value"}]


def test_wrong_value_of_a_census_is_told_by_place_alone(tmp_path: Path, landing: Path) -> None:
    text = CENSUS_2015.replace("2014-11-03", CANARY).replace("<Sex>M", f"stray{CANARY}<Sex>{CANARY}")
    text = text.replace("<CPPendDate>2014", f"<CPPendDate>{CANARY}</CPPendDate><CPPendDate>2014")
    report = import_cin(write_census(tmp_path / "in", census=text), landing)
    referral, plan = line_of(text, f"<CINreferralDate>{CANARY}"), line_of(text, "2013-06-28")
    assert places(report, "no_key") == [("census.xml/CINdetails", referral, "CINreferralDate")]
    assert places(report, "unreadable_date") == [
        ("census.xml/CINdetails", referral, "CINreferralDate"),
        ("census.xml/ChildProtectionPlans", plan, "CPPendDate"),
    ]
    assert places(report, "repeated_element") == [("census.xml/ChildProtectionPlans", plan, "CPPendDate")]
    assert len(places(report, "stray_text")) == 1
    assert ("census.xml/Assessments", line_of(text, "2014-11-04"), "") in places(report, "stands_in_nothing")
    console = Console(file=io.StringIO(), width=200)
    console.print(report.render())
    assert CANARY not in json.dumps(report.as_dict()) + console.file.getvalue()
    assert all(meaning_of(found.rule) for found in report.findings)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("<Message><Header/></Message>", 60, "--year"),
        (CENSUS_2015[:-12], 20, f"census.xml, line {CENSUS_2015.count(chr(10))}: unreadable_xml"),
        ('<!DOCTYPE Message [<!ENTITY a "b">]>' + CENSUS_2015, 20, "census.xml, line 1: document_type"),
        (
            CENSUS_2015.replace("LAchildID", "ChildNumber"),
            20,
            "census.xml, line 1, column Child: no_usable_rows",
        ),
    ],
)
def test_census_that_cannot_be_used_is_refused(
    tmp_path: Path, landing: Path, text: str, code: int, says: str
) -> None:
    stop = refused(write_census(tmp_path / "in", census=text), landing)
    assert (stop.code, says in str(stop)) == (code, True)


def test_census_years_must_follow_on_each_other(tmp_path: Path, landing: Path) -> None:
    later = CENSUS_2015.replace("2015-03-31", "2017-03-31")
    folder = write_census(tmp_path / "in", a=CENSUS_2014, b=later)
    assert "missing: 2015, 2016" in str(refused(folder, landing))


# --- Annex A


def cells(path: Path, sheet: str, column: int, below: int = 1) -> int:
    """Count the rows of a sheet that have something in a column, from 1, below its headings."""
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(min_row=below + 1, values_only=True)
    return sum(row[column - 1] is not None for row in rows)


def test_workbook_gives_as_many_rows_as_its_lists(tmp_path: Path, landing: Path) -> None:
    path = write_workbook(tmp_path / "Annex A 2021-03-31.xlsx", LETTERED)
    report = import_annex_a(path, landing)
    extracts = read(landing)
    assert report.as_at == MADE
    assert len(extracts["ssd_contacts"]) == cells(path, "List 1", 1)
    referred = [row for row in extracts["ssd_cin_episodes"] if not row["cine_referral_id"].endswith("-case")]
    assert len(referred) == cells(path, "List 3", 1)
    assert len(extracts["ssd_cla_episodes"]) == cells(path, "List 8", 1)
    assert len(extracts["ssd_cla_health"]) == cells(path, "List 8", 16)
    assert len(extracts["ssd_person"]) == 5
    for count in report.files:
        assert count.rows == count.loaded + count.merged + count.not_needed + count.set_aside


def test_a_case_is_joined_to_the_referral_that_began_it(tmp_path: Path, landing: Path) -> None:
    report = import_annex_a(write_workbook(tmp_path / "a.xlsx", LETTERED), landing, as_at=MADE)
    episodes = read(landing)["ssd_cin_episodes"]
    assert of(episodes, "cine_person_id", "11")["cine_cin_primary_need_code"] == "N1"
    joined = of(episodes, "cine_person_id", "13")
    assert (joined["cine_referral_date"], joined["cine_close_reason"]) == ("2021-01-04", "RC8")
    assert places(report, "case_begins_after_referral") == [("a.xlsx/List 6", 3, "CIN Start Date")]
    assert of(episodes, "cine_person_id", "14")["cine_referral_date"] == "2019-03-04"
    assert of(episodes, "cine_person_id", "12")["cine_referral_nfa"] == "Y"


def test_codes_of_a_workbook_are_known_in_every_form(tmp_path: Path, landing: Path) -> None:
    report = import_annex_a(write_workbook(tmp_path / "a.xlsx", LETTERED), landing, as_at=MADE)
    extracts = read(landing)
    assert {row["pers_person_id"]: row["pers_sex"] for row in extracts["ssd_person"]} == {
        "11": "M", "12": "F", "13": "U", "14": "M", "15": "F",
    }  # fmt: skip
    assert [row["cont_contact_source_code"] for row in extracts["ssd_contacts"]] == ["6", "2A"]
    placement = of(extracts["ssd_cla_placement"], "clap_person_id", "14")
    assert (placement["clap_cla_placement_type"], placement["clap_cla_placement_provider"]) == ("U6", "PR1")
    assert of(extracts["ssd_legal_status"], "lega_person_id", "14")["lega_legal_status"] == "C2"
    assert of(extracts["ssd_cla_episodes"], "clae_person_id", "15")["clae_cla_episode_ceased_reason"] == "E4A"
    assert {row["disa_disability_code"] for row in extracts["ssd_disability"]} == {"NONE", "DDA"}
    assert not places(report, "unknown_code")


@pytest.mark.parametrize(
    ("table", "column", "texts", "code"),
    [
        ("List 1", "sex", ["a) Male", "M", "1", "1 - Male", "a)", "male"], "M"),
        ("List 1", "sex", ["c) Not stated/recorded (or unborn)", "Unknown", "0", "d) Neither", "U"], "U"),
        (
            "List 1",
            "ethnicity",
            ["a) WBRI", "WBRI", "White British", "White - British", "A1 - White British"],
            "WBRI",
        ),
        (
            "List 1",
            "ethnicity",
            ["f) MWBC", "White & Black Caribbean", "MWBC: White and Black Caribbean"],
            "MWBC",
        ),
        ("List 1", "ethnicity", ["d) WOTH", "Any other White background"], "WOTH"),
        ("List 1", "contact_source", ["q) 6: Police", "6", "Police", "6 - Police"], "6"),
        ("List 1", "contact_source", ["p1) 5D: LA services", "5D"], "5D"),
        ("List 6", "need", ["N1 - Abuse or neglect", "n1", "N1", "Abuse or neglect"], "N1"),
        ("List 7", "category", ["b) Physical abuse", "PHY", "Physical", "b)"], "PHY"),
        ("List 7", "category", ["e) Multiple/not recommended", "MUL", "Multiple"], "MUL"),
        ("List 8", "status", ["V2: Single period under S20", "V2", "Section 20"], "V2"),
        ("List 8", "care_reason", ["f) E4B: Returned home - not part of planning", "E4B"], "E4B"),
        ("List 8", "placement", ["zz) T4: Temporary placement - seven days or less", "T4"], "T4"),
        ("List 9", "eligibility", ["b) Former relevant child", "Former Relevant", "b)"], "Former Relevant"),
        ("List 9", "accommodation", ["U: Independent living", "U", "Independent living"], "U"),
        ("List 9", "suitable", ["b) Unsuitable", "2", "Unsuitable"], "2"),
        ("List 9", "in_touch", ["f) Rhom", "RHOM"], "RHOM"),
        ("List 9", "activity", ["G5: Not in education, employment or training - other", "G5"], "G5"),
        ("List 10", "reversed_reason", ["RD2 - The Court did not make a placement order", "RD2"], "RD2"),
        ("List 4", "seen", ["a) Yes", "Y", "yes", "1", "TRUE"], True),
        ("List 4", "seen", ["b) No", "N", "no", "0", "False"], False),
        ("List 4", "seen", ["c) Unknown", "Not applicable", "N/A"], None),
    ],
)
def test_a_code_is_known_in_every_form(table: str, column: str, texts: list[str], code: object) -> None:
    assert {text: readers(table)[column](text) for text in texts} == dict.fromkeys(texts, (code, None))


def test_a_birth_to_come_is_expected(tmp_path: Path, landing: Path) -> None:
    (headings, *rows) = LETTERED["List 3"]
    unborn = [31, "c) Not stated/recorded", "t) NOBT", "30/06/2021", None, "2021-03-01", "3E", "No", 0]
    report = import_annex_a(
        write_workbook(tmp_path / "a.xlsx", {"List 3": [headings, *rows, unborn]}), landing, as_at=MADE
    )
    child = of(read(landing)["ssd_person"], "pers_person_id", "31")
    assert (child["pers_dob"], child["pers_expected_dob"]) == ("", "2021-06-30")
    assert not places(report, "after_as_at")


def test_a_workbook_whose_parts_declare_entities_is_refused(tmp_path: Path, landing: Path) -> None:
    sound, spoilt = write_workbook(tmp_path / "sound.xlsx", LETTERED), tmp_path / "a.xlsx"
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/"):
                part = b'<!DOCTYPE worksheet [<!ENTITY e "x">]>' + part[part.index(b"<worksheet") :]
            new.writestr(name, part)
    assert "unreadable_workbook" in str(refused(spoilt, landing, as_at=MADE))


def test_titled_sheets_with_banners_and_texts_are_read(tmp_path: Path, landing: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", TITLED)
    report = import_annex_a(path, landing, as_at=MADE)
    extracts = read(landing)
    assert len(extracts["ssd_s47_enquiry"]) == cells(path, "S47 and conferences", 1)
    assert len(extracts["ssd_initial_cp_conference"]) == cells(path, "S47 and conferences", 5)
    first, second = extracts["ssd_cin_assessments"]
    assert (first["cina_assessment_start_date"], first["cina_assessment_auth_date"]) == (
        "2020-09-16",
        "2020-09-30",
    )
    assert (first["cina_assessment_child_seen"], first["cina_assessment_outcome_nfa"]) == ("Y", "N")
    assert (second["cina_assessment_start_date"], second["cina_assessment_auth_date"]) == (
        "2020-10-01",
        "2020-11-18",
    )
    assert second["cina_assessment_outcome_nfa"] == "Y"
    assert of(extracts["ssd_person"], "pers_person_id", "21")["pers_ethnicity"] == "WBRI"
    assert of(extracts["ssd_person"], "pers_person_id", "21")["pers_dob"] == "2011-06-05"
    assert (
        extracts["ssd_cp_plans"][0]["cppl_icpc_id"]
        == extracts["ssd_initial_cp_conference"][0]["icpc_icpc_id"]
    )
    assert extracts["ssd_initial_cp_conference"][0]["icpc_icpc_outcome_cp_flag"] == "Y"
    assert extracts["ssd_cp_plans"][0]["cppl_cp_plan_initial_category"] == "NEG"
    assert places(report, "no_key") == [
        ("a.xlsx/Assessments", 6, "Single Assessment Start Date"),
        ("a.xlsx/Assessments", 7, "Child ID"),
    ]
    assert places(report, "unknown_column") == [("a.xlsx/Assessments", 3, "column 10")]
    assert "List 4 column 10, not known (1)" in report.not_needed
    assert places(report, "unknown_sheet") == [("a.xlsx/Notes", 0, "")]
    assert ("a.xlsx/List 8", 0, "") in places(report, "list_missing")


@pytest.mark.parametrize(("table", "headings"), HEADED.items())
def test_lists_are_known_by_headings_without_spaces(table: str, headings: str) -> None:
    known = {other: columns_of(other, headings.split()) for other in LISTS}
    assert len(known[table]) == len(headings.split())
    assert max(known, key=lambda other: len(known[other])) == table


def test_a_workbook_covers_what_its_lists_say_and_no_more(tmp_path: Path, landing: Path) -> None:
    import_annex_a(write_workbook(tmp_path / "a.xlsx", LETTERED | TITLED), landing, as_at=date(2021, 3, 16))
    coverage = {row["extract"]: row for row in read(landing)["coverage"]}
    assert {row["covered_to"] for row in coverage.values()} == {"2021-03-16"}
    begins = {name: row["covered_from"] for name, row in coverage.items()}
    assert begins["ssd_cin_episodes"] == begins["ssd_cp_plans"] == begins["ssd_person"] == "2020-09-16"
    assert begins["ssd_initial_cp_conference"] == "2020-10-16"
    assert begins["ssd_cla_episodes"] == "2021-03-01"
    assert begins["ssd_cp_visits"] == begins["ssd_cla_health"] == "2021-03-16"
    assert coverage["ssd_contacts"]["not_told"] == "cont_contact_source_desc cont_contact_outcome_json"
    assert not {"local_support_assessments", "ssd_care_leavers", "ssd_permanence"} & set(coverage)


def test_a_row_with_nothing_but_an_age_is_no_row_of_a_child(tmp_path: Path, landing: Path) -> None:
    (headings, *rows) = LETTERED["List 1"]
    template = [0 if "age" in heading.lower().split() else None for heading in headings]
    assert 0 in template
    lists = LETTERED | {"List 1": [headings, *rows, *[template] * 99]}
    report = import_annex_a(write_workbook(tmp_path / "a.xlsx", lists), landing, as_at=MADE)
    count = next(each for each in report.files if each.table == "List 1")
    assert (count.loaded, count.not_needed, count.set_aside) == (len(rows), 99, 0)


def test_months_before_end_with_the_month() -> None:
    assert months_before(date(2021, 8, 31), 6) == date(2021, 2, 28)
    assert months_before(date(2021, 1, 15), 6) == date(2020, 7, 15)
    assert months_before(date(2020, 11, 30), -1) == date(2020, 12, 30)


def test_report_on_a_workbook_holds_no_value_of_it(tmp_path: Path, landing: Path) -> None:
    (headings, *rows) = LETTERED["List 8"]
    spoilt = {"List 8": [headings, [f"{CANARY}1", *[CANARY] * (len(headings) - 1)], *rows]}
    report = import_annex_a(write_workbook(tmp_path / "a.xlsx", spoilt), landing, as_at=MADE)
    console = Console(file=io.StringIO(), width=200)
    console.print(report.render())
    assert len(report.findings) > 8
    assert CANARY not in json.dumps(report.as_dict()) + console.file.getvalue()


@pytest.mark.parametrize(
    ("write", "said", "code", "says"),
    [
        (lambda path: path.write_bytes(b"PK no workbook"), {"as_at": MADE}, 20, "unreadable_workbook"),
        (lambda path: write_workbook(path, {"Notes": [["none"]]}), {"as_at": MADE}, 20, "no_header"),
        (lambda path: write_workbook(path, LETTERED), {}, 60, "--as-at"),
        (
            lambda path: write_workbook(path, LETTERED | {"Again": LETTERED["List 1"]}),
            {"as_at": MADE},
            20,
            "a.xlsx/Again, line 1: delivered_twice",
        ),
    ],
)
def test_workbook_that_cannot_be_used_is_refused(
    tmp_path: Path, landing: Path, write, said: dict, code: int, says: str
) -> None:
    write(tmp_path / "a.xlsx")
    stop = refused(tmp_path / "a.xlsx", landing, **said)
    assert (stop.code, says in str(stop)) == (code, True)


# --- Which kind it is


def test_the_kind_is_told_by_the_files(tmp_path: Path) -> None:
    assert kind_of(write_invented_return(tmp_path / "csv 2025")) == Kind.SSDA903
    assert kind_of(write_invented_xml(tmp_path / "xml" / "2025.xml")) == Kind.SSDA903
    assert kind_of(write_census(tmp_path / "cin", census=CENSUS_2015)) == Kind.CIN
    assert kind_of(write_workbook(tmp_path / "a.xlsx", LETTERED)) == Kind.ANNEX_A


def test_a_folder_with_two_kinds_asks_which(tmp_path: Path, landing: Path) -> None:
    write_census(tmp_path / "in", census=CENSUS_2015)
    write_workbook(tmp_path / "in" / "a.xlsx", LETTERED)
    assert "ssda903|cin|annex-a" in str(refused(tmp_path / "in", landing))
    assert import_return(tmp_path / "in", landing, kind=Kind.CIN).years == (2015,)
