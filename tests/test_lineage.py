"""Which columns of extracts can reach a statistic: read from SQL, and in the published warehouse."""

from __future__ import annotations

import pytest
import sqlglot

from conftest import Place
from csc_measures.night.lineage import Relation, chosen, relation_of

A, B, C, D = (frozenset({("extract", name)}) for name in "abcd")
NOTHING = frozenset()
KNOWN = {
    "cases": Relation({"id": A, "day": B}, C),
    "teams": Relation({"id": C, "area": D}),
}


@pytest.mark.parametrize(
    ("sql", "columns", "rows"),
    [
        ("select day as due, 1 as one from cases", {"due": B, "one": NOTHING}, C),
        ("select id from cases where day is null", {"id": A}, B | C),
        ("select id from cases inner join teams using (id)", {"id": A | C}, A | C),
        (
            "select c.day, t.area from cases as c left join teams as t on c.id = t.id",
            {"day": B, "area": A | C | D},
            C,
        ),
        (
            "select t.area, c.day from teams as t left join cases as c on t.id = c.id",
            {"area": D, "day": A | B | C},
            NOTHING,
        ),
        ("select * exclude (day) from cases", {"id": A}, C),
        ("select t.* from cases cross join teams as t", {"id": C, "area": D}, C),
        ("with late as (select day as d from cases) select d from late", {"d": B}, C),
        ("select id from cases union all select area from teams", {"id": A | D}, C),
        ("select day as first, first as second from cases", {"first": B, "second": B}, C),
        ("select row_number() over (partition by id order by day) as n from cases", {"n": A | B}, C),
        ("select day in (select area from teams) as x from cases", {"x": B | D}, C),
        (
            "select c.day from cases as c where exists (select 1 from teams as t where t.id = c.id)",
            {"day": B},
            A | C,
        ),
        ("select max(day) as day from cases group by id", {"day": B}, A | C),
        ("select d from cases, unnest([id, day]) as days(d)", {"d": A | B}, A | B | C),
    ],
)
def test_what_reaches_a_column_and_the_rows(sql: str, columns: dict[str, frozenset], rows: frozenset) -> None:
    found = relation_of(sqlglot.parse_one(sql, dialect="duckdb"), KNOWN)
    assert found.columns == columns
    assert found.rows == rows


def test_a_choice_by_a_column_that_is_restricted_is_what_it_chooses() -> None:
    query = sqlglot.parse_one(
        "select case area when 'one' then id when 'two' then day else area end as x from cases"
    )
    for area, column in (("one", "id"), ("two", "day"), ("three", "area")):
        assert chosen(query.copy(), {"area": area}).sql() == f"SELECT {column} AS x FROM cases"


def test_a_landed_extract_is_known_by_the_columns_of_the_contract() -> None:
    selected = "select icpc_icpc_date as held_at, icpc_icpc_id_rank"
    sql = f"{selected} from measures.main.landed('ssd_initial_cp_conference')"
    found = relation_of(sqlglot.parse_one(sql, dialect="duckdb"), {}).columns
    assert found["held_at"] == {("ssd_initial_cp_conference", "icpc_icpc_date")}
    assert found["icpc_icpc_id_rank"] == {("ssd_initial_cp_conference", "icpc_icpc_id")}


def test_the_published_lineage_says_what_the_definition_reads(council_night: Place) -> None:
    value = council_night.query(
        "select extract, extract_column from lineage "
        "where measure_number = 23 and statistic = 'pct' and reaches = 'value'"
    )
    assert {
        ("ssd_initial_cp_conference", "icpc_icpc_date"),
        ("ssd_initial_cp_conference", "icpc_icpc_transfer_in"),
        ("ssd_s47_enquiry", "s47e_s47_start_date"),
    } <= set(value)
    assert (
        "ssd_initial_cp_conference",
        "icpc_icpc_target_date",
    ) not in value  # which the definition leaves alone


def test_every_statistic_that_is_worked_out_has_a_lineage(council_night: Place) -> None:
    without = council_night.query(
        "select measure_number, statistic from measures anti join lineage using (measure_number, statistic) "
        "where not_computable_reason is null"
    )
    assert without == []
