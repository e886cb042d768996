"""
No day in evidence tells when somebody was born.

Of days that have nothing to do with a birth, one in 365 is a birthday, and as many lie any other number of
days after the last one. Where many more do, the day is a birthday, or follows from one.
"""

from __future__ import annotations

from math import comb

from conftest import Place

OUTCOMES = ("safe_from_harm", "full_potential", "positive_contribution", "healthy_lives")
DAYS = ("counted_on", "started_on", "due_on", "done_on", "ended_on", "previous_on")
DAYS_OF_A_YEAR = 365
ONE_IN = 10_000  # how rarely chance may be taken for a birthday, or for another distance, in one column


def is_by_chance(n: int, hits: int, distance: int) -> bool:
    """Say whether chance may have put so many of n days at one distance from a birthday."""
    p = 1 / DAYS_OF_A_YEAR
    chance = 1 - sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(hits))
    looks = 1 if distance == 0 else DAYS_OF_A_YEAR
    return chance * looks * ONE_IN > 1


def distances(place: Place) -> list[tuple[int, str, int, int, int]]:
    """Measure, column, days since a birthday, how many days of evidence lie so far from it, of how many."""
    cases = " union all by name ".join(f"from marts.{outcome}_evidence" for outcome in OUTCOMES)
    days = " union all ".join(
        f"select measure_number, '{day}' as column_name, person_id, {day} as day from cases" for day in DAYS
    )
    return place.query(
        f"""
        with cases as ({cases}),
        births as (
            select
                pers_person_id as person_id,
                cast(pers_dob as date) as born_on,
                -- who was born on 29 February has the birthday on 1 March in a common year
                case when strftime(born_on, '%m%d') = '0229' then born_on + 1 else born_on end as day_of_birth
            from '{place.warehouse}/landed/ssd_person.parquet'
            where pers_dob is not null
        ),
        birthdays as (
            select
                days.*,
                make_date(year(day), month(day_of_birth), day(day_of_birth)) as birthday_on,
                make_date(year(day) - 1, month(day_of_birth), day(day_of_birth)) as birthday_before
            from (select distinct * from ({days}) where day is not null) as days
            inner join births using (person_id)
        ),
        far as (
            select
                measure_number,
                column_name,
                day - case when birthday_on <= day then birthday_on else birthday_before end as distance
            from birthdays
        )
        select *, sum(hits) over (partition by measure_number, column_name)
        from (select measure_number, column_name, distance, count(*) as hits from far group by all)
        order by all
        """
    )


def test_no_day_in_evidence_is_a_birthday_or_tells_one(council_night: Place) -> None:
    found = distances(council_night)
    assert {column for _, column, *_ in found} == set(DAYS)
    telling = [
        f"{measure} {column}: {hits} of {n} days lie {distance} days after a birthday"
        for measure, column, distance, hits, n in found
        if hits > 1 and not is_by_chance(n, hits, distance)
    ]
    assert telling == []
