"""The five measures in PySpark: each is one query over the files, in a session of two threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from tempfile import TemporaryDirectory

from pyspark import SparkContext
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as f

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
    referrals = (
        read(given, "ssd_cin_episodes")
        .join(decisions, f.col("cine_referral_id") == f.col("referral_id"), "left")
        .withColumn("received", f.coalesce("received_at", "cine_referral_date"))
        .dropna(subset=["cine_person_id", "received"])
        .withColumn("day", f.to_date("received"))
    )
    referrals = first_of(referrals, ["cine_person_id", "day"], ["received", "cine_referral_id_rank"])
    previous = f.lag("day").over(Window.partitionBy("cine_person_id").orderBy("day"))
    referrals = referrals.withColumn(
        "claim",
        f.coalesce(previous >= f.add_months("day", -12), f.lit(False)),
    )
    areas = team_areas(given, referrals.select(f.col("cine_referral_team").alias("team"), "day"))
    found = referrals.withColumnRenamed("cine_referral_team", "team").join(areas, ["team", "day"])
    return count(
        given,
        found.where(f.col("service_area") == "FAMILY_FRONT_DOOR").select(
            f.last_day("day").alias("month"), "claim"
        ),
    )


def assessments_in_time(given: Given) -> Counted:
    """Work out 8: assessments authorised within 45 working days."""
    start, end = f.to_date("cina_assessment_start_date"), f.to_date("cina_assessment_auth_date")
    assessments = read(given, "ssd_cin_assessments").where(
        f.col("cina_person_id").isNotNull() & (start <= end)
    )
    started, ended = (
        working_days().withColumnsRenamed({"day": name, "number": f"{name}_number"})
        for name in ("started", "ended")
    )
    taken = f.col("ended_number") - f.col("started_number")
    return count(
        given,
        assessments.select(start.alias("started"), end.alias("ended"))
        .join(started, "started")
        .join(ended, "ended")
        .select(
            f.last_day("ended").alias("month"),
            (taken <= given.parameters["assessment_working_days"]).alias("claim"),
        ),
    )


def looked_after_children(given: Given) -> Counted:
    """Work out 31: children looked after at the month end."""
    return count(given, looked_after(given).select("month", f.lit(True).alias("claim")), of_all=False)


def visited_children(given: Given) -> Counted:
    """Work out 34: children looked after whose latest visit in this period of care is 42 days old at most."""
    seen = (
        read(given, "ssd_cla_visits")
        .where("clav_cla_visit_seen")
        .select(f.col("clav_person_id").alias("person"), f.to_date("clav_cla_visit_date").alias("visited"))
    )
    children = looked_after(given)
    latest_visit = (
        children.join(seen, "person")
        .where(f.col("visited").between(f.col("started"), f.col("month")))
        .groupBy("person", "month")
        .agg(f.max("visited").alias("visited"))
    )
    is_due = f.datediff("month", "started") > given.parameters["first_care_visit_days"]
    in_time = f.datediff("month", "visited") <= given.parameters["care_visit_days"]
    return count(
        given,
        children.join(latest_visit, ["person", "month"], "left")
        .where(f.col("visited").isNotNull() | is_due)
        .select("month", f.coalesce(in_time, f.lit(False)).alias("claim")),
    )


def workers_over_limit(given: Given) -> Counted:
    """Work out 66: social workers of the localities who hold more than 16 children."""
    keys = ["person", "month"]
    spells = []
    for extract, person, start, end in CASES:
        rows = read(given, extract)
        if extract == "ssd_cp_plans":
            rows = rows.where("cppl_cp_plan_ola is not true")
        spells.append(spells_of(rows, person, start, end))
    cases = current(given, reduce(DataFrame.union, spells)).select(*keys)
    cases = cases.union(looked_after(given).select(*keys))
    referred = read(given, "ssd_cin_episodes").select("cine_referral_id", "cine_person_id")
    held = (
        read(given, "ssd_involvements")
        .where(f.upper("invo_professional_role_id").isin(*PRIMARY_ROLES))
        .join(referred, f.col("invo_referral_id") == f.col("cine_referral_id"), "left")
        .withColumn("person", f.coalesce("invo_person_id", "cine_person_id"))
        .withColumnRenamed("invo_professional_id", "worker_id")
    )
    held = spells_of(held, "person", "invo_involvement_start_date", "invo_involvement_end_date", "worker_id")
    loads = (
        current(given, held)
        .join(cases, keys, "left_semi")
        .groupBy("worker_id", "month")
        .agg(f.count_distinct("person").alias("children"))
    )
    posts = read(given, "local_employment").withColumnsRenamed({"start_date": "start", "end_date": "end"})
    posts = last_of(current(given, posts), ["worker_id", "month"], ["start", "employment_id_rank"])
    posts = posts.where(f.col("role").isin(*SOCIAL_WORKERS)).where(
        "employment_type is distinct from 'STUDENT'"
    )
    areas = team_areas(given, posts.select(f.col("team_id").alias("team"), f.col("month").alias("day")))
    areas = areas.where(f.col("service_area") == "LOCALITY").withColumnsRenamed(
        {"team": "team_id", "day": "month"}
    )
    is_over = f.col("children") > given.parameters["caseload_limit_locality"]
    found = loads.join(posts, ["worker_id", "month"]).join(areas, ["team_id", "month"])
    return count(given, found.select("month", is_over.alias("claim")), of_all=False)


MEASURES = {
    2: earlier_referrals,
    8: assessments_in_time,
    31: looked_after_children,
    34: visited_children,
    66: workers_over_limit,
}


@contextmanager
def begun(given: Given) -> Iterator[None]:  # noqa: ARG001 - as the engines have it
    """Start a session of two threads; at its end wait for Java, whose time is told only then."""
    with TemporaryDirectory() as folder:
        settings = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.local.dir": folder,
            "spark.sql.session.timeZone": "Europe/London",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.warehouse.dir": f"{folder}/spark",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        started = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
        try:
            yield
        finally:
            gateway = SparkContext._gateway
            started.stop()
            if gateway is not None:
                gateway.shutdown()
                gateway.proc.stdin.close()
                gateway.proc.wait()


def session() -> SparkSession:
    """Return the session that the process was begun with."""
    found = SparkSession.getActiveSession()
    if found is None:
        raise RuntimeError("Spark has not been started.")
    return found


def read(given: Given, extract: str) -> DataFrame:
    """Read an extract."""
    return session().read.parquet(given.file(extract))


def months(given: Given) -> DataFrame:
    """Return the month ends, one a row."""
    return session().createDataFrame([(end,) for end in given.month_ends], "month date")


def working_days() -> DataFrame:
    """Return the days from 1985 to 2045 with the number of working days up to each (C2, C3)."""
    days = session().sql("select explode(sequence(date'1985-01-01', date'2045-12-31')) as day")
    holidays = session().createDataFrame([(day,) for day in bank_holidays()], "day date")
    is_working = f.weekday("day") < 5
    working = days.where(is_working).join(holidays, "day", "left_anti").withColumn("works", f.lit(1))
    number = f.sum(f.coalesce("works", f.lit(0))).over(Window.orderBy("day"))
    return days.join(working, "day", "left").select("day", number.alias("number"))


def spells_of(rows: DataFrame, person: str, start: str, end: str, *also: str) -> DataFrame:
    """Return rows as spells: person, start and end, and other columns as they are."""
    return rows.select(
        f.col(person).alias("person"), f.to_date(start).alias("start"), f.to_date(end).alias("end"), *also
    )


def current(given: Given, spells: DataFrame) -> DataFrame:
    """Return spells (`start`, `end`) once for each month end at which they are current (C7)."""
    start, end, month = f.col("start"), f.col("end"), f.col("month")
    return spells.join(f.broadcast(months(given)), (start <= month) & (end.isNull() | (end > month)))


def first_of(rows: DataFrame, keys: Sequence[str], order: Sequence[str | Column]) -> DataFrame:
    """Return the first row of each key in an order."""
    number = f.row_number().over(Window.partitionBy(*keys).orderBy(*order))
    return rows.withColumn("place", number).where("place = 1").drop("place")


def last_of(rows: DataFrame, keys: Sequence[str], order: Sequence[str]) -> DataFrame:
    """Return the last row of each key in an order."""
    return first_of(rows, keys, [f.desc(column) for column in order])


def team_areas(given: Given, teams: DataFrame) -> DataFrame:
    """Return the service area of each `team` on each `day`: of several the latest start, then id (C14)."""
    areas = read(given, "local_team_service_areas")
    start, end, day = f.col("start_date"), f.col("end_date"), f.col("day")
    held = (start.isNull() | (start <= day)) & (end.isNull() | (end >= day))
    found = teams.distinct().join(areas, (f.col("team") == f.col("team_id")) & held)
    found = last_of(found, ["team", "day"], ["start_date", "team_service_area_id_rank"])
    return found.select("team", "day", "service_area")


def care_periods(given: Given) -> DataFrame:
    """Return periods of care, episodes without a day between them (C16): person, start and end."""
    orders = (
        read(given, "ssd_permanence")
        .where(f.lower("perm_permanence_order_type").contains("adopt"))
        .select(
            f.col("perm_person_id").alias("person"), f.to_date("perm_permanence_order_date").alias("ordered")
        )
    )
    episodes = spells_of(
        read(given, "ssd_cla_episodes"),
        "clae_person_id",
        "clae_cla_episode_start_date",
        "clae_cla_episode_ceased_date",
        "clae_cla_episode_id",
    ).dropna(subset=["person", "start"])
    adopted = (
        episodes.join(orders, "person")
        .where(f.col("ordered") >= f.col("start"))
        .groupBy("clae_cla_episode_id")
        .agg(f.min("ordered").alias("ordered"))
    )
    until = f.coalesce("end", "ordered", f.lit("9999-12-31").cast("date"))
    in_order = Window.partitionBy("person").orderBy("start", "until", "clae_cla_episode_id")
    before = in_order.rowsBetween(Window.unboundedPreceding, -1)
    reached = f.max("until").over(before)
    is_new = f.coalesce((f.col("start") > reached).cast("int"), f.lit(1))
    return (
        episodes.join(adopted, "clae_cla_episode_id", "left")
        .withColumn("until", until)
        .withColumn("is_new", is_new)
        .withColumn("period", f.sum("is_new").over(in_order))
        .groupBy("person", "period")
        .agg(f.min("start").alias("start"), f.max("until").alias("end"))
    )


def looked_after(given: Given) -> DataFrame:
    """Return the children looked after at each month end (C17): person, month, and when care started."""
    people = read(given, "ssd_person").select(
        f.col("pers_person_id").alias("person"), f.to_date("pers_dob").alias("born")
    )
    before_birthday = (day_of_year("born") > day_of_year("month")).cast("int")
    age = f.year("month") - f.year("born") - before_birthday
    keys = ["person", "month"]
    return (
        current(given, care_periods(given))
        .withColumnRenamed("start", "started")
        .join(people, "person")
        .where((f.col("born") <= f.col("month")) & (age < 18))
        .join(on_short_breaks(given), keys, "left_anti")
        .join(with_others(given), keys, "left_anti")
        .select(*keys, "started")
    )


def day_of_year(day: str) -> Column:
    """Return month and day as one number, 229 for 29 February."""
    return f.month(day) * 100 + f.dayofmonth(day)


def on_short_breaks(given: Given) -> DataFrame:
    """Return who is under V3 or V4 at each month end: E1 goes before, else the latest start, then id."""
    statuses = spells_of(
        read(given, "ssd_legal_status").where(f.col("lega_legal_status").isin(*LEGAL_STATUSES)),
        *("lega_person_id", "lega_legal_status_start_date", "lega_legal_status_end_date"),
        *("lega_legal_status", "lega_legal_status_start_date", "lega_legal_status_id_rank"),
    ).withColumn("is_placement_order", f.col("lega_legal_status") == "E1")
    order = ["is_placement_order", "lega_legal_status_start_date", "lega_legal_status_id_rank"]
    found = last_of(current(given, statuses), ["person", "month"], order)
    return found.where(f.col("lega_legal_status").isin(*SHORT_BREAKS))


def with_others(given: Given) -> DataFrame:
    """Return for whom another authority is responsible at each month end (C18)."""
    rows = spells_of(
        read(given, "local_responsible_authority"),
        *("person_id", "start_date", "end_date", "authority_code", "responsible_authority_id_rank"),
    ).withColumn("start", f.coalesce("start", f.lit("0001-01-01").cast("date")))
    found = last_of(current(given, rows), ["person", "month"], ["start", "responsible_authority_id_rank"])
    return found.where(f.col("authority_code") != given.authority)


def count(given: Given, cases: DataFrame, *, of_all: bool = True) -> Counted:
    """Count the cases of each month, and those of which the claim is true; a count has no denominator."""
    rows = (
        cases.where(f.col("month").isin(*given.month_ends))
        .groupBy("month")
        .agg(f.count_if("claim").alias("claims"), f.count("*").alias("n"))
        .collect()
    )
    return {row["month"]: (row["claims"], row["n"] if of_all else None) for row in rows}
