"""The five measures in pandas, a step at a time, all in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

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

FIRST, LAST = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")  # for a start or end that is open


def earlier_referrals(given: Given) -> Counted:
    """Work out 2: referrals to the front door of a child who was referred in the 12 months before."""
    decisions = read(given, "local_referral_decisions", "referral_id", "received_at")
    referrals = read(given, "ssd_cin_episodes").merge(
        decisions, left_on="cine_referral_id", right_on="referral_id", how="left"
    )
    referrals["received"] = referrals["received_at"].fillna(referrals["cine_referral_date"])
    referrals = referrals.dropna(subset=["cine_person_id", "received"])
    referrals["day"] = referrals["received"].dt.normalize()
    referrals = referrals.sort_values(["received", "cine_referral_id_rank"])
    referrals = referrals.drop_duplicates(["cine_person_id", "day"])
    previous = referrals.groupby("cine_person_id")["day"].shift()
    referrals["claim"] = previous >= referrals["day"] - pd.DateOffset(months=12)
    areas = team_areas(given, referrals["cine_referral_team"], referrals["day"])
    found = referrals[areas == "FAMILY_FRONT_DOOR"]
    return count(given, month_end(found["day"]), found["claim"])


def assessments_in_time(given: Given) -> Counted:
    """Work out 8: assessments authorised within 45 working days."""
    assessments = read(given, "ssd_cin_assessments")
    start = assessments["cina_assessment_start_date"].dt.normalize()
    end = assessments["cina_assessment_auth_date"].dt.normalize()
    asked = assessments["cina_person_id"].notna() & (start <= end)
    start, end = start[asked], end[asked]
    holidays = np.array(bank_holidays(), dtype="datetime64[D]")
    taken = np.busday_count(
        start.to_numpy("datetime64[D]") + 1, end.to_numpy("datetime64[D]") + 1, holidays=holidays
    )
    return count(given, month_end(end), taken <= given.parameters["assessment_working_days"])


def looked_after_children(given: Given) -> Counted:
    """Work out 31: children looked after at the month end."""
    return count(given, looked_after(given)["month"], of_all=False)


def visited_children(given: Given) -> Counted:
    """Work out 34: children looked after whose latest visit in this period of care is 42 days old at most."""
    visits = read(given, "ssd_cla_visits").rename(columns={"clav_person_id": "person"})
    visits = visits[visits["clav_cla_visit_seen"].eq(True)]
    visits["visited"] = visits["clav_cla_visit_date"].dt.normalize()
    children = looked_after(given)
    seen = children.merge(visits[["person", "visited"]], on="person")
    seen = seen[seen["visited"].between(seen["started"], seen["month"])]
    latest_visit = seen.groupby(["person", "month"], as_index=False)["visited"].max()
    children = children.merge(latest_visit, on=["person", "month"], how="left")
    days_in_care = (children["month"] - children["started"]).dt.days
    is_due = days_in_care > given.parameters["first_care_visit_days"]
    children = children[children["visited"].notna() | is_due]
    days_since = (children["month"] - children["visited"]).dt.days
    return count(given, children["month"], days_since <= given.parameters["care_visit_days"])


def workers_over_limit(given: Given) -> Counted:
    """Work out 66: social workers of the localities who hold more than 16 children."""
    spells = []
    for extract, person, start, end in CASES:
        rows = read(given, extract)
        if extract == "ssd_cp_plans":
            rows = rows[~rows["cppl_cp_plan_ola"].eq(True)]
        spells.append(spells_of(rows, person, start, end))
    keys = ["person", "month"]
    cases = pd.concat([current(given, pd.concat(spells))[keys], looked_after(given)[keys]])
    cases = cases.drop_duplicates()
    referred = read(given, "ssd_cin_episodes", "cine_referral_id", "cine_person_id")
    held = read(given, "ssd_involvements")
    held = held[held["invo_professional_role_id"].str.upper().isin(PRIMARY_ROLES)]
    held = held.merge(referred, left_on="invo_referral_id", right_on="cine_referral_id", how="left")
    held["person"] = held["invo_person_id"].fillna(held["cine_person_id"])
    held = spells_of(
        held, "person", "invo_involvement_start_date", "invo_involvement_end_date", "invo_professional_id"
    )
    held = current(given, held.dropna(subset="person")).merge(cases, on=keys)
    loads = held.groupby(["invo_professional_id", "month"])["person"].nunique().rename("children")
    posts = read(given, "local_employment").rename(columns={"start_date": "start", "end_date": "end"})
    posts = current(given, posts).sort_values(["start", "employment_id_rank"])
    posts = posts.drop_duplicates(["worker_id", "month"], keep="last")
    posts = posts[posts["role"].isin(SOCIAL_WORKERS) & ~posts["employment_type"].eq("STUDENT")]
    posts = posts[team_areas(given, posts["team_id"], posts["month"]) == "LOCALITY"]
    found = posts.join(loads, on=["worker_id", "month"], how="inner")
    is_over = found["children"] > given.parameters["caseload_limit_locality"]
    return count(given, found["month"], is_over, of_all=False)


MEASURES = {
    2: earlier_referrals,
    8: assessments_in_time,
    31: looked_after_children,
    34: visited_children,
    66: workers_over_limit,
}


def read(given: Given, extract: str, *columns: str) -> pd.DataFrame:
    """Read an extract, or some columns of it; dates are timestamps at midnight."""
    table = pq.read_table(given.file(extract), columns=list(columns) or None)
    return table.to_pandas(date_as_object=False)


def month_end(days: pd.Series) -> pd.Series:
    """Return the last day of the month of each day."""
    return days + pd.offsets.MonthEnd(0)


def spells_of(rows: pd.DataFrame, person: str, start: str, end: str, *also: str) -> pd.DataFrame:
    """Return rows as spells: person, start and end, and other columns as they are."""
    spells = rows[[person, start, end, *also]].set_axis(["person", "start", "end", *also], axis="columns")
    return spells.assign(start=spells["start"].dt.normalize(), end=spells["end"].dt.normalize())


def current(given: Given, spells: pd.DataFrame) -> pd.DataFrame:
    """Return spells (`start`, `end`) once for each month end at which they are current (C7)."""
    months = pd.DataFrame({"month": pd.to_datetime(list(given.month_ends))})
    crossed = spells.merge(months, how="cross")
    until = crossed["end"].fillna(LAST)
    return crossed[(crossed["start"] <= crossed["month"]) & (until > crossed["month"])]


def team_areas(given: Given, teams: pd.Series, days: pd.Series) -> pd.Series:
    """Return the service area of each team on a day: of several the latest start, then id (C14)."""
    asked = pd.DataFrame({"team": teams, "day": days})
    areas = read(given, "local_team_service_areas")
    found = asked.drop_duplicates().merge(areas, left_on="team", right_on="team_id")
    started, until = found["start_date"].fillna(FIRST), found["end_date"].fillna(LAST)
    found = found.assign(start_date=started)[(started <= found["day"]) & (until >= found["day"])]
    found = found.sort_values(["start_date", "team_service_area_id_rank"])
    found = found.drop_duplicates(["team", "day"], keep="last").set_index(["team", "day"])
    return asked.join(found["service_area"], on=["team", "day"])["service_area"]


def care_periods(given: Given) -> pd.DataFrame:
    """Return periods of care, episodes without a day between them (C16): person, start and end."""
    orders = read(
        given, "ssd_permanence", "perm_person_id", "perm_permanence_order_date", "perm_permanence_order_type"
    )
    orders = orders[orders["perm_permanence_order_type"].str.lower().str.contains("adopt", na=False)]
    episodes = spells_of(
        read(given, "ssd_cla_episodes"),
        "clae_person_id",
        "clae_cla_episode_start_date",
        "clae_cla_episode_ceased_date",
        "clae_cla_episode_id",
    ).dropna(subset=["person", "start"])
    adopted = episodes.merge(orders, left_on="person", right_on="perm_person_id")
    adopted["ordered"] = adopted["perm_permanence_order_date"].dt.normalize()
    adopted = adopted[adopted["ordered"] >= adopted["start"]]
    first_order = adopted.groupby("clae_cla_episode_id")["ordered"].min()
    episodes = episodes.join(first_order, on="clae_cla_episode_id")
    episodes["end"] = episodes["end"].fillna(episodes["ordered"]).fillna(LAST)
    episodes = episodes.sort_values(["person", "start", "end"])
    reached = episodes.groupby("person")["end"].cummax().groupby(episodes["person"]).shift()
    is_new = reached.isna() | (episodes["start"] > reached)
    episodes["period"] = is_new.cumsum()
    return episodes.groupby(["person", "period"], as_index=False).agg(
        start=("start", "min"), end=("end", "max")
    )


def looked_after(given: Given) -> pd.DataFrame:
    """Return the children looked after at each month end (C17): person, month, and when care started."""
    in_care = current(given, care_periods(given)).rename(columns={"start": "started"})
    people = read(given, "ssd_person", "pers_person_id", "pers_dob")
    found = in_care.merge(people, left_on="person", right_on="pers_person_id")
    born, month = found["pers_dob"].dt.normalize(), found["month"]
    before_birthday = day_of_year(born) > day_of_year(month)
    age = month.dt.year - born.dt.year - before_birthday
    found = found[(born <= month) & (age < 18)]
    elsewhere = pd.concat([on_short_breaks(given), with_others(given)]).assign(is_out=True)
    found = found.merge(elsewhere.drop_duplicates(), on=["person", "month"], how="left")
    return found.loc[found["is_out"].isna(), ["person", "month", "started"]]


def day_of_year(days: pd.Series) -> pd.Series:
    """Return month and day as one number, 229 for 29 February."""
    return days.dt.month * 100 + days.dt.day


def on_short_breaks(given: Given) -> pd.DataFrame:
    """Return who is under V3 or V4 at each month end: E1 goes before, else the latest start, then id."""
    statuses = read(given, "ssd_legal_status")
    statuses = statuses[statuses["lega_legal_status"].isin(LEGAL_STATUSES)]
    statuses = statuses.assign(
        person=statuses["lega_person_id"],
        start=statuses["lega_legal_status_start_date"].dt.normalize(),
        end=statuses["lega_legal_status_end_date"].dt.normalize(),
        is_placement_order=statuses["lega_legal_status"] == "E1",
    )
    order = ["is_placement_order", "lega_legal_status_start_date", "lega_legal_status_id_rank"]
    found = latest(current(given, statuses), order)
    return found.loc[found["lega_legal_status"].isin(SHORT_BREAKS), ["person", "month"]]


def with_others(given: Given) -> pd.DataFrame:
    """Return for whom another authority is responsible at each month end (C18)."""
    rows = read(given, "local_responsible_authority")
    rows = rows.assign(person=rows["person_id"], start=rows["start_date"].fillna(FIRST), end=rows["end_date"])
    found = latest(current(given, rows), ["start", "responsible_authority_id_rank"])
    is_other = found["authority_code"].notna() & (found["authority_code"] != given.authority)
    return found.loc[is_other, ["person", "month"]]


def latest(rows: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return the last row of each person and month in an order."""
    return rows.sort_values(order).drop_duplicates(["person", "month"], keep="last")


def count(
    given: Given, months: pd.Series, claims: pd.Series | np.ndarray | bool = True, *, of_all: bool = True
) -> Counted:
    """Count the cases of each month, and those of which the claim is true; a count has no denominator."""
    cases = pd.DataFrame({"month": months, "claim": claims})
    found = cases[cases["month"].isin(pd.to_datetime(list(given.month_ends)))]
    added = found.groupby("month")["claim"].agg(["sum", "size"])
    return {
        month.date(): (int(claimed), int(n) if of_all else None) for month, claimed, n in added.itertuples()
    }
