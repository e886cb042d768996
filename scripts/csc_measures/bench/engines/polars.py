"""The five measures in Polars, lazily: each is one query over the files."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from csc_measures.bench.engines.given import (
    CASES,
    LEGAL_STATUSES,
    PRIMARY_ROLES,
    SHORT_BREAKS,
    SOCIAL_WORKERS,
    Counted,
    Given,
    bank_holidays,
)


def earlier_referrals(given: Given) -> Counted:
    """Work out 2: referrals to the front door of a child who was referred in the 12 months before."""
    decisions = read(given, "local_referral_decisions").select("referral_id", "received_at")
    received = pl.coalesce("received_at", "cine_referral_date")
    referrals = (
        read(given, "ssd_cin_episodes")
        .join(decisions, left_on="cine_referral_id", right_on="referral_id", how="left")
        .select("cine_person_id", "cine_referral_team", "cine_referral_id_rank", received=received)
        .filter(pl.col("cine_person_id").is_not_null(), pl.col("received").is_not_null())
        .with_columns(day=pl.col("received").dt.date())
        .sort("received", "cine_referral_id_rank")
        .unique(["cine_person_id", "day"], keep="first", maintain_order=True)
        .with_columns(previous=pl.col("day").shift(1).over("cine_person_id", order_by="day"))
    )
    areas = team_areas(given, referrals.select(team="cine_referral_team", day="day").unique())
    return count(
        given,
        referrals.join(areas, left_on=["cine_referral_team", "day"], right_on=["team", "day"])
        .filter(service_area="FAMILY_FRONT_DOOR")
        .select(
            month=pl.col("day").dt.month_end(),
            claim=(pl.col("previous") >= pl.col("day").dt.offset_by("-12mo")).fill_null(value=False),
        ),
    )


def assessments_in_time(given: Given) -> Counted:
    """Work out 8: assessments authorised within 45 working days."""
    start = pl.col("cina_assessment_start_date").dt.date()
    end = pl.col("cina_assessment_auth_date").dt.date()
    day = pl.duration(days=1)
    taken = pl.business_day_count(start + day, end + day, holidays=bank_holidays())
    return count(
        given,
        read(given, "ssd_cin_assessments")
        .filter(pl.col("cina_person_id").is_not_null(), start <= end)
        .select(month=end.dt.month_end(), claim=taken <= given.parameters["assessment_working_days"]),
    )


def looked_after_children(given: Given) -> Counted:
    """Work out 31: children looked after at the month end."""
    return count(given, looked_after(given).select("month", claim=pl.lit(value=True)), of_all=False)


def visited_children(given: Given) -> Counted:
    """Work out 34: children looked after whose latest visit in this period of care is 42 days old at most."""
    seen = (
        read(given, "ssd_cla_visits")
        .filter("clav_cla_visit_seen")
        .select(person="clav_person_id", visited=pl.col("clav_cla_visit_date").dt.date())
    )
    children = looked_after(given)
    latest = (
        children.join(seen, on="person")
        .filter(pl.col("visited").is_between("started", "month"))
        .group_by("person", "month")
        .agg(pl.max("visited"))
    )
    days_since, days_in_care = (days_between(name, "month") for name in ("visited", "started"))
    is_due = days_in_care > given.parameters["first_care_visit_days"]
    return count(
        given,
        children.join(latest, on=["person", "month"], how="left")
        .filter(pl.col("visited").is_not_null() | is_due)
        .select("month", claim=(days_since <= given.parameters["care_visit_days"]).fill_null(value=False)),
    )


def workers_over_limit(given: Given) -> Counted:
    """Work out 66: social workers of the localities who hold more than 16 children."""
    spells = [
        read(given, extract)
        .filter(*([pl.col("cppl_cp_plan_ola").fill_null(value=False).not_()] if "cp_" in extract else []))
        .select(person=person, start=pl.col(start).cast(pl.Date), end=pl.col(end).cast(pl.Date))
        for extract, person, start, end in CASES
    ]
    cases = pl.concat(
        [
            current(given, pl.concat(spells)).select("person", "month"),
            looked_after(given).select("person", "month"),
        ]
    )
    referred = (
        read(given, "ssd_cin_episodes")
        .select("cine_referral_id", "cine_person_id")
        .unique("cine_referral_id")
    )
    held = (
        read(given, "ssd_involvements")
        .filter(pl.col("invo_professional_role_id").str.to_uppercase().is_in(PRIMARY_ROLES))
        .join(referred, left_on="invo_referral_id", right_on="cine_referral_id", how="left")
        .select(
            person=pl.coalesce("invo_person_id", "cine_person_id"),
            worker="invo_professional_id",
            start=pl.col("invo_involvement_start_date").dt.date(),
            end=pl.col("invo_involvement_end_date").dt.date(),
        )
    )
    posts = (
        current(given, read(given, "local_employment").rename({"start_date": "start", "end_date": "end"}))
        .sort("start", "employment_id_rank")
        .unique(["worker_id", "month"], keep="last", maintain_order=True)
        .filter(pl.col("role").is_in(SOCIAL_WORKERS), pl.col("employment_type").ne_missing("STUDENT"))
    )
    areas = team_areas(given, posts.select(team="team_id", day="month").unique())
    return count(
        given,
        current(given, held)
        .join(cases, on=["person", "month"], how="semi")
        .group_by("worker", "month")
        .agg(children=pl.n_unique("person"))
        .join(posts, left_on=["worker", "month"], right_on=["worker_id", "month"])
        .join(areas.filter(service_area="LOCALITY"), left_on=["team_id", "month"], right_on=["team", "day"])
        .select("month", claim=pl.col("children") > given.parameters["caseload_limit_locality"]),
        of_all=False,
    )


MEASURES = {
    2: earlier_referrals,
    8: assessments_in_time,
    31: looked_after_children,
    34: visited_children,
    66: workers_over_limit,
}


def read(given: Given, extract: str) -> pl.LazyFrame:
    """Read an extract."""
    return pl.scan_parquet(given.file(extract))


def months(given: Given) -> pl.LazyFrame:
    """Return the month ends, one a row."""
    return pl.LazyFrame({"month": given.month_ends})


def days_between(first: str, last: str) -> pl.Expr:
    """Return the days from one column to another."""
    return (pl.col(last) - pl.col(first)).dt.total_days()


def day_of_year(day: pl.Expr) -> pl.Expr:
    """Return month and day as one number, 229 for 29 February."""
    return day.dt.month().cast(pl.Int32) * 100 + day.dt.day()


def current(given: Given, spells: pl.LazyFrame) -> pl.LazyFrame:
    """Return spells (`start`, `end`) once for each month end at which they are current (C7)."""
    return spells.join(months(given), how="cross").filter(
        pl.col("start") <= pl.col("month"), pl.col("end").is_null() | (pl.col("end") > pl.col("month"))
    )


def team_areas(given: Given, teams: pl.LazyFrame) -> pl.LazyFrame:
    """Return the service area of each `team` on each `day`: of several the latest start, then id (C14)."""
    start, end = pl.col("start_date"), pl.col("end_date")
    return (
        teams.join(read(given, "local_team_service_areas"), left_on="team", right_on="team_id")
        .filter(
            start.is_null() | (start <= pl.col("day")),
            end.is_null() | (end >= pl.col("day")),
        )
        .sort("start_date", "team_service_area_id_rank", nulls_last=False)
        .unique(["team", "day"], keep="last", maintain_order=True)
        .select("team", "day", "service_area")
    )


def care_periods(given: Given) -> pl.LazyFrame:
    """Return periods of care, episodes without a day between them (C16): person, start and end."""
    start, order = pl.col("clae_cla_episode_start_date").dt.date(), pl.col("ordered")
    orders = (
        read(given, "ssd_permanence")
        .filter(pl.col("perm_permanence_order_type").str.to_lowercase().str.contains("adopt"))
        .select(clae_person_id="perm_person_id", ordered=pl.col("perm_permanence_order_date").dt.date())
    )
    episodes = read(given, "ssd_cla_episodes").filter(
        pl.col("clae_person_id").is_not_null(), pl.col("clae_cla_episode_start_date").is_not_null()
    )
    adopted = (
        episodes.join(orders, on="clae_person_id")
        .filter(order >= start)
        .group_by("clae_cla_episode_id")
        .agg(pl.min("ordered"))
    )
    until, reached = pl.col("until"), pl.col("until").cum_max().shift(1)
    return (
        episodes.join(adopted, on="clae_cla_episode_id", how="left")
        .select(
            person="clae_person_id",
            start=start,
            end=pl.coalesce(pl.col("clae_cla_episode_ceased_date").dt.date(), order),
        )
        .with_columns(until=pl.col("end").fill_null(pl.date(9999, 12, 31)))
        .sort("person", "start", "until")
        .with_columns(is_new=(pl.col("start") > reached.over("person")).fill_null(value=True))
        .with_columns(period=pl.col("is_new").cum_sum().over("person"))
        .group_by("person", "period")
        .agg(pl.min("start"), end=until.max())
    )


def looked_after(given: Given) -> pl.LazyFrame:
    """Return the children looked after at each month end (C17): person, month, and when care started."""
    in_care = current(given, care_periods(given)).select("person", "month", started="start")
    born, month = pl.col("pers_dob").dt.date(), pl.col("month")
    had_birthday = day_of_year(born) <= day_of_year(month)
    age = month.dt.year() - born.dt.year() - had_birthday.not_()
    people = read(given, "ssd_person").select("pers_person_id", "pers_dob")
    return (
        in_care.join(people, left_on="person", right_on="pers_person_id")
        .filter(born <= month, age < 18)
        .join(on_short_breaks(given), on=["person", "month"], how="anti")
        .join(with_others(given), on=["person", "month"], how="anti")
        .select("person", "month", "started")
    )


def on_short_breaks(given: Given) -> pl.LazyFrame:
    """Return who is under V3 or V4 at each month end: E1 goes before, else the latest start, then id."""
    statuses = (
        read(given, "ssd_legal_status")
        .filter(pl.col("lega_legal_status").is_in(LEGAL_STATUSES))
        .with_columns(
            person="lega_person_id",
            start=pl.col("lega_legal_status_start_date").dt.date(),
            end=pl.col("lega_legal_status_end_date").dt.date(),
            is_placement_order=pl.col("lega_legal_status") == "E1",
        )
    )
    return latest(
        current(given, statuses),
        ["is_placement_order", "lega_legal_status_start_date", "lega_legal_status_id_rank"],
    ).filter(pl.col("lega_legal_status").is_in(SHORT_BREAKS))


def with_others(given: Given) -> pl.LazyFrame:
    """Return for whom another authority is responsible at each month end (C18)."""
    rows = read(given, "local_responsible_authority").with_columns(
        person="person_id", start=pl.col("start_date").fill_null(pl.date(1, 1, 1)), end="end_date"
    )
    found = latest(current(given, rows), ["start", "responsible_authority_id_rank"])
    return found.filter(pl.col("authority_code") != given.authority)


def latest(rows: pl.LazyFrame, order: Iterable[str]) -> pl.LazyFrame:
    """Return the last row of each person and month in an order."""
    return rows.sort(*order).unique(["person", "month"], keep="last", maintain_order=True)


def count(given: Given, cases: pl.LazyFrame, *, of_all: bool = True) -> Counted:
    """Count the cases of each month, and those of which the claim is true; a count has no denominator."""
    rows = (
        cases.filter(pl.col("month").is_in(given.month_ends))
        .group_by("month")
        .agg(pl.sum("claim"), n=pl.len())
        .collect()
    )
    return {month: (claims, n if of_all else None) for month, claims, n in rows.iter_rows()}
