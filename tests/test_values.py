"""Values: what each form of text is read as, and the rule that another form breaks."""

from datetime import datetime
from decimal import Decimal

import pytest

from csc_measures.contract.extracts import read_contract
from csc_measures.landing.values import reader_of
from landing_files import AS_AT


def read_value(extract: str, column: str, text: str) -> tuple[object, str | None]:
    """Read one value as landing does, and give what it becomes and the rule it breaks."""
    contract = read_contract()
    described = next(each for each in contract.extracts[extract].columns if each.name == column)
    return reader_of(described, contract, AS_AT)(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-05", datetime(2026, 1, 5)),
        ("05/01/2026", datetime(2026, 1, 5)),
        ("2026-01-05T09:30", datetime(2026, 1, 5, 9, 30)),
        ("2026-01-05 09:30:15", datetime(2026, 1, 5, 9, 30, 15)),
        ("05/01/2026 09:30", datetime(2026, 1, 5, 9, 30)),
        ("2026-01-05T09:30:15.1234567", datetime(2026, 1, 5, 9, 30, 15, 123456)),
        ("2026-01-05T00:00:00Z", datetime(2026, 1, 5)),
        ("2025-07-01T23:30:00Z", datetime(2025, 7, 2, 0, 30)),
        ("2025-07-01T00:00:00+01:00", datetime(2025, 7, 1)),
        ("2026-01-05T09:30:00+0200", datetime(2026, 1, 5, 7, 30)),
        ("2026-03-31T23:59:59", datetime(2026, 3, 31, 23, 59, 59)),
        ("2024-02-29", datetime(2024, 2, 29)),
        ("\u00a02026-01-05 ", datetime(2026, 1, 5)),
        ("1900-01-01", None),
        ("01/01/1900", None),
        ("1900-01-01T00:00:00", None),
        ("SSD_PH", None),
        ("", None),
    ],
)
@pytest.mark.fault("F26", "F44")
def test_f26_dates_are_read_as_the_contract_says(text: str, value: datetime | None) -> None:
    assert read_value("ssd_cin_episodes", "cine_referral_date", text) == (value, None)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("01/13/2026", "impossible_date", id="F26 month first is never guessed"),
        pytest.param("5 Jan 2026", "unreadable_date", id="F26 in words"),
        pytest.param("2026/01/05", "unreadable_date", id="F26 other separators"),
        pytest.param("5/1/2026", "unreadable_date", id="F26 single digits"),
        pytest.param("20260105", "unreadable_date", id="F26 without separators"),
        pytest.param("2026-01-05 9h30", "unreadable_date", id="F26 time in another form"),
        pytest.param("45321", "excel_date_number", id="F27 Excel serial"),
        pytest.param("45321.5", "excel_date_number", id="F27 Excel serial with time"),
        pytest.param("05/01/26", "two_digit_year", id="F28 two-digit year"),
        pytest.param("0026-01-05", "year_out_of_range", id="F28 year 26"),
        pytest.param("1899-12-31", "year_out_of_range", id="F28 before 1900"),
        pytest.param("2101-01-01", "year_out_of_range", id="F28 after 2100"),
        pytest.param("infinity", "unreadable_date", id="F28 infinity"),
        pytest.param("31/02/2025", "impossible_date", id="F29 31 February"),
        pytest.param("2025-02-29", "impossible_date", id="F29 no leap year"),
        pytest.param("2026-01-05T24:00:00", "impossible_date", id="F29 hour 24"),
        pytest.param("2026-01-05 12:61", "impossible_date", id="F29 minute 61"),
        pytest.param("2026-04-01", "after_as_at", id="F30 the day after"),
        pytest.param("2027-05-05", "after_as_at", id="F30 400 days after"),
        pytest.param("2026-03-31T23:30:00-01:00", "after_as_at", id="F30 the day after in London"),
        pytest.param("CANARY", "unreadable_date", id="text"),
    ],
)
@pytest.mark.fault("F26", "F27", "F28", "F29", "F30")
def test_f26_to_f30_other_dates_are_set_aside(text: str, rule: str) -> None:
    found = read_value("ssd_cin_episodes", "cine_referral_date", text)
    assert found == (None, rule)


@pytest.mark.fault("F30")
def test_f30_due_target_and_expected_dates_may_lie_ahead() -> None:
    assert read_value("ssd_person", "pers_expected_dob", "2026-09-01") == (datetime(2026, 9, 1), None)


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("7", 7, None),
        ("-7", -7, None),
        ("007", 7, None),
        ("7.9", None, "unreadable_number"),
        ("7.0", None, "unreadable_number"),
        ("1e3", None, "unreadable_number"),
        ("1_000", None, "unreadable_number"),
        ("1,000", None, "unreadable_number"),
        ("0x1F", None, "unreadable_number"),
        ("٣", None, "unreadable_number"),
        ("99999999999999999999", None, "unreadable_number"),
        ("seven", None, "unreadable_number"),
    ],
)
@pytest.mark.fault("F40")
def test_f40_whole_numbers_are_read_only_in_plain_form(
    text: str, value: int | None, rule: str | None
) -> None:
    found = read_value("ssd_sdq_scores", "csdq_sdq_score", text)
    assert found == (value, rule)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", Decimal("0.5")),
        (".5", Decimal("0.5")),
        ("12", Decimal(12)),
        ("0.00005", Decimal("0.0001")),
        ("1e3", None),
        ("1_000.0", None),
        ("nan", None),
        ("£5", None),
    ],
)
@pytest.mark.fault("F40")
def test_f40_decimals_are_read_only_in_plain_form(text: str, value: Decimal | None) -> None:
    found = read_value("local_posts", "fte", text)
    assert found == (value, None if value is not None else "unreadable_number")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Y", True),
        ("N", False),
        ("1", True),
        ("0", False),
        ("TRUE", True),
        ("false", False),
        ("Yes", True),
        ("no", False),
    ],
)
def test_spellings_of_yes_and_no_are_read(text: str, value: bool) -> None:
    assert read_value("ssd_person", "pers_send_flag", text) == (value, None)


@pytest.mark.parametrize("text", ["maybe", "2", "T", "Y/N"])
def test_other_spellings_of_yes_and_no_are_set_aside(text: str) -> None:
    found = read_value("ssd_person", "pers_send_flag", text)
    assert found == (None, "unreadable_yes_no")


@pytest.mark.parametrize("text", ["N/A", "NULL", "null", "#N/A", "-", " n/a "])
@pytest.mark.parametrize(
    ("extract", "column"),
    [
        ("ssd_person", "pers_dob"),
        ("ssd_person", "pers_sex"),
        ("ssd_person", "pers_send_flag"),
        ("ssd_sdq_scores", "csdq_sdq_score"),
        ("ssd_cin_episodes", "cine_person_id"),
        ("ssd_cin_episodes", "cine_referral_outcome_json"),
    ],
)
@pytest.mark.fault("F38")
def test_f38_spellings_of_missing_are_missing_and_flagged(extract: str, column: str, text: str) -> None:
    assert read_value(extract, column, text) == (None, "null_spelling")


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (
            "cine_referral_outcome_json",
            '{"NFA": "Y", "single_assessment": "yes", "CLA_REQUEST": "N"}',
            ["NFA", "SINGLE_ASSESSMENT"],
        ),
        ("cine_referral_outcome_json", '{"NFA": true, "X": 1, "Z": 0, "W": "", "V": null}', ["NFA", "X"]),
        ("cine_referral_outcome_json", '{"NFA": "N"}', []),
        (
            "cine_referral_outcome_json",
            '{"NFA": "Y", "TOTAL_NO_OF_OUTCOMES": 4, "COMMENTS": "CANARY"}',
            ["NFA"],
        ),
        ("cine_referral_outcome_json", '["NFA", " nfa ", "ADVICE"]', ["ADVICE", "NFA"]),
        ("cine_referral_outcome_json", "[]", []),
    ],
)
def test_json_flags_and_arrays_land_as_lists_of_names(column: str, text: str, value: list[str]) -> None:
    assert read_value("ssd_cin_episodes", column, text) == (value, None)


@pytest.mark.parametrize(
    "text", ["NFA", '{"NFA": "Y"', '"NFA"', "5", '{"NFA": {"x": 1}}', "[[1]]", "[" * 5000]
)
def test_other_json_is_set_aside(text: str) -> None:
    found = read_value("ssd_cin_episodes", "cine_referral_outcome_json", text)
    assert found == (None, "unreadable_json")


@pytest.mark.parametrize(
    ("text", "value", "is_known"),
    [
        ('["1A", "21", "4"]', ["1A", "21", "4"], False),
        ("[20, 21]", ["20", "21"], True),
        ('{"1A": "Y", "99Z": "N"}', ["1A"], True),
        ('{"1A": "perhaps"}', [], False),
    ],
)
@pytest.mark.fault("F25")
def test_f25_codes_in_json_are_checked_against_their_list(
    text: str, value: list[str], is_known: bool
) -> None:
    found = read_value("ssd_assessment_factors", "cinf_assessment_factors_json", text)
    assert found == (value, None if is_known else "unknown_code")


def test_an_address_stays_text_and_must_be_json() -> None:
    address = '{"line1": "1 CANARY Road"}'
    assert read_value("ssd_address", "addr_address_json", address) == (address, None)
    found = read_value("ssd_address", "addr_address_json", "1 CANARY Road")
    assert found == (None, "unreadable_json")


@pytest.mark.parametrize(
    ("extract", "column", "text", "value"),
    [
        ("ssd_person", "pers_sex", "f", "F"),
        ("ssd_person", "pers_sex", "Female", "F"),
        ("ssd_person", "pers_gender", "02", "02"),
        ("ssd_cla_episodes", "clae_cla_episode_ceased_reason", "e4a", "E4A"),
        ("ssd_care_leavers", "clea_care_leaver_eligibility", "FORMER RELEVANT", "Former Relevant"),
        ("local_care_leaver_spells", "eligibility", "Former relevant", "FORMER_RELEVANT"),
        ("ssd_involvements", "invo_professional_role_id", "Allocated case worker", "CW"),
        ("ssd_cp_plans", "cppl_cp_plan_initial_category", "Neglect", "NEG"),
        ("ssd_cp_plans", "cppl_cp_plan_initial_category", "Physical abuse", "PHY"),
        ("ssd_cp_plans", "cppl_cp_plan_initial_category", "Sexual Abuse", "SAB"),
        ("ssd_cp_plans", "cppl_cp_plan_initial_category", "Emotional abuse", "EMO"),
        ("ssd_cp_plans", "cppl_cp_plan_initial_category", "Multiple: Neglect and emotional abuse", "MUL"),
        ("ssd_cla_health", "clah_health_check_type", "dental_check", "DENTAL_CHECK"),
        ("ssd_cla_health", "clah_health_check_type", "Review Health-Assessment", "Review Health-Assessment"),
        ("ssd_cla_health", "clah_health_check_type", "Teeth", "Teeth"),
        ("ssd_cla_health", "clah_health_check_type", "Optician visit", "Optician visit"),
    ],
)
def test_codes_land_as_the_contract_spells_them(extract: str, column: str, text: str, value: str) -> None:
    assert read_value(extract, column, text) == (value, None)


@pytest.mark.parametrize(
    ("extract", "column", "text"),
    [
        ("ssd_person", "pers_sex", "X"),
        ("ssd_person", "pers_gender", "2"),
        ("ssd_cla_placement", "clap_cla_placement_type", "Q9"),
        ("ssd_cla_health", "clah_health_check_type", "Hearing test"),
    ],
)
@pytest.mark.fault("F25")
def test_f25_an_unknown_code_is_kept_and_flagged(extract: str, column: str, text: str) -> None:
    assert read_value(extract, column, text) == (text, "unknown_code")
