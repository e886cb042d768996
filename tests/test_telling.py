"""Words that are published do not tell who somebody is."""

from __future__ import annotations

from pathlib import Path

import pytest

from csc_measures.landing.telling import Telling
from landing_files import Night

NAMES = ["Ann", "Zoë", "Young", "Will", "Smith-Jones", "O'Brien", "Kaur, Jasmine", "April"]


@pytest.fixture(scope="module")
def telling() -> Telling:
    made = Telling()
    made.learn_names(NAMES)
    made.learn_ids(["P4711", "2026"])
    return made


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("After the review on 05/10/2026", "After the review on [withheld]"),
        ("Write to a.b@example.org", "Write to [withheld]"),
        ("See https://example.org/a?b=1 there", "See [withheld] there"),
        ("www.example.org", "[withheld]"),
        ("A home in WR5 2NP.", "A home in [withheld]."),
        ("a home in wr5 2np", "a home in [withheld]"),
        ("Call 07700 900 123", "Call [withheld]"),
        ("Call +44 7700 900123", "Call [withheld]"),
        ("Call 01905-763763", "Call [withheld]"),
        ("NHS 943-476-5919", "NHS [withheld]"),
        ("NHS 943 476 5919", "NHS [withheld]"),
        ("Pupil A12345678901B", "Pupil [withheld]"),
        ("case P104233 was closed", "case [withheld] was closed"),
        ("child P4711", "child [withheld]"),
        ("Ann told us", "[withheld] told us"),
        ("asked ZOË and O'Brien", "asked [withheld] and [withheld]"),
        ("Smith-Jones asked Jasmine", "[withheld]-[withheld] asked [withheld]"),
        ("Ann Young asked", "[withheld] [withheld] asked"),
        ("ann young asked, and ann", "[withheld] [withheld] asked, and [withheld]"),
        ("we asked zoë. ZOË and jasmine agreed", "we asked [withheld]. [withheld] and [withheld] agreed"),
        ("This will help young people, as Will said", "This will help young people, as [withheld] said"),
        ("It helps. Will it last, with Young's help?", "It helps. Will it last, with [withheld] help?"),
        ("Zoe and ann's plan, OBrien\u2019s", "[withheld] and [withheld] plan, [withheld]"),
        ("the Young Carers group", "the Young Carers group"),
        ("Young people asked in April 2026", "Young people asked in April 2026"),
        ("Twelve of 30 said so in 2025/26", "Twelve of 30 said so in 2025/26"),
        ("An annual plan, M5 and 2 in 3 homes", "An annual plan, M5 and 2 in 3 homes"),
    ],
)
def test_what_tells_who_somebody_is_is_withheld(telling: Telling, text: str, told: str) -> None:
    assert telling.withhold(text) == told


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("https://example.org/minutes/100001", "https://example.org/minutes/100001"),
        ("https://example.org/Ann.docx", "https://example.org/[withheld].docx"),
        ("https://example.org/P4711", "https://example.org/[withheld]"),
    ],
)
def test_a_link_may_hold_numbers_but_names_nobody(telling: Telling, link: str, told: str) -> None:
    assert telling.withhold(link, is_link=True) == told


def test_the_register_knows_the_names_of_people_and_workers(tmp_path: Path) -> None:
    landing = Night(tmp_path)
    landing.put_rows(
        "ssd_person", [{"pers_person_id": "P1", "pers_forename": "Ann", "pers_dob": "2015-06-30"}]
    )
    landing.put_rows(
        "ssd_professionals", [{"prof_professional_id": "W1", "prof_professional_name": "Bo Lee"}]
    )
    entry = {
        "register_version_id": "R1",
        "title": "Ann was heard",
        "summary": "by Lee",
        "what_changed": "much",
        "evidence_link": "a/Ann.docx",
        "owner_role": "Lead, Bo",
    }
    landing.put_rows("local_evidence_register", [entry])
    landed = landing.land()
    shown = "title, summary, what_changed, evidence_link, owner_role"
    assert landed.rows("local_evidence_register", shown) == [
        ("[withheld] was heard", "by [withheld]", "much", "a/[withheld].docx", "Lead, [withheld]")
    ]
    assert [(column, rule, effect) for _, _, column, rule, effect in landed.quality] == [
        (column, "tells_who_somebody_is", "set_aside_value")
        for column in ("evidence_link", "owner_role", "summary", "title")
    ]
