"""Measures 74, 75, 77 to 79, 81, 95, 97 and 99: education plans, results and attendance."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction

from ..calendar import DAY, age, birthday, plus_months, school_terms, twelve_months_to, working_days
from ..care import LookedAfter, looked_after_12_months, looked_after_on, unknown_on
from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import age_on, birth_day, parts_of_child_and_team
from ..social_care import has_current, open_to_social_care, spells_of
from ..spells import chain, is_current
from ..support import ended_interventions, episodes_of

RANKS = {"PROVISIONAL": 0, "REVISED": 1, "FINAL": 2}
GRADE_4 = {"4", "5", "6", "7", "8", "9", "C", "B", "A", "A*"}
GRADE_5 = GRADE_4 - {"4", "C"}
NOT_ELIGIBLE = {"L", "P", "F"}


def academic_year(day: date) -> tuple[date, date]:
    """Return the first and last day of the academic year of a day: 1 September and 31 August."""
    year = day.year if day.month >= 9 else day.year - 1
    return date(year, 9, 1), date(year + 1, 8, 31)


def measure_74(council: Council, period: Period) -> Iterator[Case]:
    """Count looked after children with an education plan since the start of the latest term that ended."""
    day = period.end
    term = max((term for term in school_terms() if term.term_end <= day), key=lambda term: term.term_end)
    for child in unknown_on(council, day):
        yield Case(None, parts_of_child_and_team(council, child.person, day), because="unknown")
    for child in looked_after_on(council, day):
        began = child.period.start
        years = age_on(council, child.person, academic_year(day)[0] - DAY)
        if years is None or not 3 <= years <= 17:
            continue
        parts = parts_of_child_and_team(council, child.person, day)
        statistics = ("pct", "statutory_school_age" if 4 <= years <= 15 else "post_16" if years >= 16 else "")
        if working_days(began, day) <= 20:
            yield from (Case(None, parts, statistic, because="excluded") for statistic in statistics)
            continue
        meetings = [
            plan.meeting_date
            for plan in council.by("local_education_plans", "person_id").get(child.person, [])
            if plan.status == "COMPLETED" and plan.meeting_date and began <= plan.meeting_date <= day
        ]
        held = any(meeting >= term.term_start for meeting in meetings)
        because = None if meetings else "missing"
        yield from (Case(held, parts, statistic, because=because) for statistic in statistics)


class Results:
    """What of a key stage can be used at a period end: the latest year and each pupil's standing rows."""

    def __init__(self, council: Council, key_stage: int, day: date) -> None:
        """Read what can be used on `day`."""
        usable = [
            row
            for row in council.rows("local_attainment")
            if row.key_stage == key_stage
            and row.person_id
            and row.academic_year
            and row.results_available_date
            and row.results_available_date <= day
        ]
        self.year = max((row.academic_year for row in usable), default=None)
        self.earlier = {row.person_id for row in usable if row.academic_year < (self.year or "")}
        subjects = defaultdict(list)
        for row in usable:
            if row.academic_year == self.year:
                subjects[row.person_id, row.subject, row.qualification].append(row)
        self.standing: dict[str, list[Row]] = defaultdict(list)
        for (pupil, _, _), rows in subjects.items():
            best = max(RANKS.get(row.result_status, -1) for row in rows)
            self.standing[pupil] += [row for row in rows if RANKS.get(row.result_status, -1) == best]

    @property
    def cohort_day(self) -> date:
        """Return the 31 March in the academic year."""
        return date(int(self.year[:4]) + 1, 3, 31)

    def is_provisional(self, pupil: str) -> bool:
        """Say whether one of the pupil's standing rows is not yet final."""
        return any(row.result_status != "FINAL" for row in self.standing[pupil])


def results(council: Council, key_stage: int, day: date) -> Results:
    """Return the usable results of a key stage at a period end, worked out once."""
    return council.once(f"results {key_stage} {day}", lambda council: Results(council, key_stage, day))


def passed(
    rows: Iterable[Row], subjects: set[str], qualifications: set[str], test: Callable[[str], bool]
) -> bool:
    """Say whether some row of these subjects and qualifications passes."""
    return any(
        row.subject in subjects
        and row.qualification in qualifications
        and row.result
        and test(row.result.upper().removesuffix(".0"))
        for row in rows
    )


def is_100_or_more(result: str) -> bool:
    """Say whether a result is a scaled score of 100 or more."""
    try:
        return float(result) >= 100
    except ValueError:
        return False


def ks2_pupils(council: Council, day: date) -> Iterator[tuple[str, bool | None]]:
    """Yield pupils at the end of key stage 2 and whether they met all three; None who are not eligible."""
    for pupil, rows in results(council, 2, day).standing.items():
        core = [row for row in rows if row.subject in ("READING", "WRITING", "MATHS")]
        if any((row.result or "").upper() in NOT_ELIGIBLE for row in core):
            yield pupil, None
            continue
        yield (
            pupil,
            (
                passed(rows, {"READING"}, {"KS2_TEST"}, is_100_or_more)
                and passed(rows, {"MATHS"}, {"KS2_TEST"}, is_100_or_more)
                and passed(rows, {"WRITING"}, {"KS2_TEACHER"}, lambda result: result in ("EXS", "GDS"))
            ),
        )


def ks4_pupils(council: Council, day: date, grades: set[str] = GRADE_4) -> Iterator[tuple[str, bool | None]]:
    """Yield pupils at the end of key stage 4 and whether they passed both; None who were reported before."""
    known = results(council, 4, day)
    for pupil, rows in known.standing.items():
        if pupil in known.earlier:
            yield pupil, None
            continue
        good = {"GCSE", "EQUIVALENT"}
        maths = passed(rows, {"MATHS"}, good, grades.__contains__)
        english = passed(rows, {"ENGLISH_LANGUAGE", "ENGLISH_LITERATURE"}, good, grades.__contains__)
        yield pupil, maths and english


def attainment(
    council: Council,
    day: date,
    key_stage: int,
    statistic: str,
    belongs: Callable[[str, date], str | None],
    grades: set[str] = GRADE_4,
) -> Iterator[Case]:
    """Yield pupils of a key stage's latest year; `belongs` says of that year's 31 March in, or why out."""
    known = results(council, key_stage, day)
    pupils = ks2_pupils(council, day) if key_stage == 2 else ks4_pupils(council, day, grades)
    for pupil, met in pupils:
        said = belongs(pupil, known.cohort_day)
        if said is None:
            continue
        parts = parts_of_child_and_team(council, pupil, known.cohort_day)
        if said == "in" and met is not None:
            yield Case(met, parts, statistic, provisional=known.is_provisional(pupil))
        else:
            yield Case(None, parts, statistic, because="excluded" if said == "in" else said)


def in_care(council: Council, pupil: str, day: date) -> LookedAfter | None:
    """Return who is looked after on a day, or would be if the age were known."""
    children = [*looked_after_on(council, day), *unknown_on(council, day)]
    return next((child for child in children if child.person == pupil), None)


def is_age_unknown(council: Council, pupil: str) -> bool:
    """Say whether nobody knows how old a pupil is."""
    return birth_day(council, pupil) is None


def in_care_for_12_months(council: Council) -> Callable[[str, date], str | None]:
    """Return what says of a pupil on a day: looked after, and so for 12 months."""

    def belongs(pupil: str, day: date) -> str | None:
        child = in_care(council, pupil, day)
        if child is None or not looked_after_12_months(council, child, day):
            return None
        return "unknown" if is_age_unknown(council, pupil) else "in"

    return belongs


def measure_75(council: Council, period: Period) -> Iterator[Case]:
    """Count pupils looked after for 12 months: the expected standard at key stage 2."""
    yield from attainment(council, period.end, 2, "pct", in_care_for_12_months(council))


def measure_77(council: Council, period: Period) -> Iterator[Case]:
    """Count pupils looked after for 12 months: English and mathematics at key stage 4."""
    belongs = in_care_for_12_months(council)
    yield from attainment(council, period.end, 4, "pct", belongs)
    yield from attainment(council, period.end, 4, "grade_5_or_above_english_maths_pct", belongs, GRADE_5)


def first_plans(council: Council) -> Iterator[Row]:
    """Yield each person's first final education, health and care plan: the earliest, then id."""
    for person, rows in council.by("local_ehc_assessments", "person_id").items():
        issued = [row for row in rows if row.final_plan_date]
        if person and issued:
            yield min(issued, key=lambda row: (row.final_plan_date, row.ehc_assessment_id))


def measure_78(council: Council, period: Period) -> Iterator[Case]:
    """Count first plans issued within 20 weeks of the request, for children known when it came."""
    every = ("pct", "incl_exceptions", "open_at_issue_rule")
    for row in council.by("local_ehc_assessments", "person_id").get(None, []):
        if row.final_plan_date and period.start <= row.final_plan_date <= period.end:
            parts = parts_of_child_and_team(council, None, row.final_plan_date)
            yield from (Case(None, parts, statistic, because="unknown") for statistic in every)
    for row in first_plans(council):
        asked, issued = row.request_received_date, row.final_plan_date
        if not period.start <= issued <= period.end:
            continue
        parts = parts_of_child_and_team(council, row.person_id, issued)
        is_known = asked is None or open_to_social_care(council, row.person_id, asked)
        asked_of = every[:2] if is_known else ()
        if open_to_social_care(council, row.person_id, issued):
            asked_of = (*asked_of, every[2])
        if asked is None or asked > issued:
            yield from (Case(None, parts, statistic, because="unknown") for statistic in asked_of)
            continue
        for statistic in asked_of:
            is_out = row.transferred_in is True or (row.exception is True and statistic != every[1])
            claim = None if is_out else (issued - asked).days <= 140
            yield Case(claim, parts, statistic, because="excluded" if is_out else None)
    day = period.end
    for row in council.rows("local_ehc_assessments"):
        asked, issued = row.request_received_date, row.final_plan_date
        is_refused = row.request_decision == "REFUSED" or row.assessment_outcome == "NO_PLAN"
        if is_refused or not asked or asked > day or (issued and issued <= day):
            continue
        parts = parts_of_child_and_team(council, row.person_id, day)
        if not row.person_id:
            yield Case(None, parts, "open_over_20_weeks", because="unknown")
        elif (day - asked).days > 140 and open_to_social_care(council, row.person_id, asked):
            yield Case(True, parts, "open_over_20_weeks")


def planned_for_12_months(council: Council, pupil: str, day: date) -> bool:
    """Say whether a pupil has been on plans, a day between them at most, for 12 months."""
    spells = chain(spells_of(council, "cin_plan", pupil) + spells_of(council, "cp_plan", pupil), gap_days=1)
    begun_by = twelve_months_to(day)
    return any(spell.current(day) and spell.start <= begun_by for spell in spells)


def out_if_in_care(council: Council, pupil: str, day: date) -> str:
    """Say that a pupil is in, or out since looked after, or that nobody knows."""
    if in_care(council, pupil, day) is None:
        return "in"
    return "unknown" if is_age_unknown(council, pupil) else "excluded"


def measure_79(council: Council, period: Period) -> Iterator[Case]:
    """Count pupils on a plan for 12 months: key stage 2, and key stage 4 beside it."""
    day = period.end

    def belongs(pupil: str, at: date) -> str | None:
        return out_if_in_care(council, pupil, at) if planned_for_12_months(council, pupil, at) else None

    def on_cp_plan(pupil: str, at: date) -> str | None:
        return belongs(pupil, at) if has_current(council, "cp_plan", pupil, at) else None

    def on_cin_plan(pupil: str, at: date) -> str | None:
        return None if has_current(council, "cp_plan", pupil, at) else belongs(pupil, at)

    yield from attainment(council, day, 2, "pct", belongs)
    yield from attainment(council, day, 2, "cp_only", on_cp_plan)
    yield from attainment(council, day, 2, "cin_only", on_cin_plan)
    yield from attainment(council, day, 4, "ks4_english_maths_grade4_pct", belongs)


def is_of_compulsory_school_age(born: date, day: date) -> bool:
    """Say whether a child must be in school: from the prescribed day to the last Friday in June."""
    fifth = birthday(born, 5)
    prescribed = [
        date(year, *ends) for year in (fifth.year, fifth.year + 1) for ends in ((3, 31), (8, 31), (12, 31))
    ]
    begins = min(end for end in prescribed if end >= fifth)
    june = date(academic_year(birthday(born, 16))[1].year, 6, 30)
    return begins <= day <= june - timedelta(days=(june.weekday() - 4) % 7)


def measure_81(council: Council, period: Period) -> Iterator[Case]:
    """Count children of school age open to social care and missing education."""
    day = period.end
    for child, spells in council.by("local_missing_education", "person_id").items():
        missing = [spell for spell in spells if is_current(spell.start_date, spell.end_date, day)]
        parts = parts_of_child_and_team(council, child, day)
        if not child:
            yield from (Case(None, parts, "count", because="unknown") for _ in missing)
            continue
        if not missing or not open_to_social_care(council, child, day):
            continue
        born = birth_day(council, child)
        if born is None:
            yield Case(None, parts, "count", because="unknown")
        elif is_of_compulsory_school_age(born, day):
            yield Case(True, parts, "count")


def last_score(rows: list[Row]) -> Row | None:
    """Return the row recorded last, of a day the greatest id; one without a day comes first."""
    return max(rows, key=lambda row: (row.recorded_date or date.min, row.outcome_score_id), default=None)


def measure_95(council: Council, period: Period) -> Iterator[Case]:
    """Count interventions for young people out of learning, or at risk of it, who are out at the end."""
    scores = council.by("local_outcome_scores", "support_episode_id")
    for row, because in ended_interventions(council, period):
        recorded = [score for score in scores.get(row.support_episode_id, []) if score.domain == "NEET"]
        baseline = last_score([score for score in recorded if score.phase == "BASELINE"])
        if baseline is None or baseline.value_code not in (None, "NEET", "AT_RISK"):
            continue
        years = age(birth_day(council, row.person_id), row.start_date) if row.start_date else None
        if years is not None and not 13 <= years <= 24:
            continue
        parts = parts_of_child_and_team(council, row.person_id, row.end_date)
        because = because or (None if baseline.value_code else "unknown")
        end = last_score(
            [
                score
                for score in recorded
                if score.phase == "END"
                and score.value_code
                and score.recorded_date
                and abs((score.recorded_date - row.end_date).days) <= 28
            ]
        )
        if because:
            yield Case(None, parts, "missing_end_status_count", because=because)
        else:
            yield Case(end is None, parts, "missing_end_status_count")
        for statistic in ("pct", "baseline_neet_only"):
            if statistic == "pct" or baseline.value_code == "NEET":
                if because or end is None:
                    yield Case(None, parts, statistic, because=because or "excluded")
                else:
                    yield Case(end.value_code == "NEET", parts, statistic)


def supported_for_6_months(council: Council) -> Callable[[str, date], str | None]:
    """Return what says of a pupil: an episode reached 6 months in the year, no care or plan on 31 March."""

    def belongs(pupil: str, cohort_day: date) -> str | None:
        first, last = academic_year(cohort_day)
        if not any(
            episode.touches(first, last) and plus_months(episode.start, 6) <= min(episode.end or last, last)
            for episode in episodes_of(council, pupil, "TFS")
        ):
            return None
        said = out_if_in_care(council, pupil, cohort_day)
        if said == "in" and any(
            has_current(council, kind, pupil, cohort_day) for kind in ("cin_plan", "cp_plan")
        ):
            return "excluded"
        return said

    return belongs


def measure_97(council: Council, period: Period) -> Iterator[Case]:
    """Count pupils with targeted family support for 6 months: key stage 2, and beside it two more."""
    day, belongs = period.end, supported_for_6_months(council)
    yield from attainment(council, day, 2, "pct", belongs)
    yield from attainment(council, day, 4, "ks4_english_maths_grade4_pct", belongs)
    known = results(council, 2, day)
    for pupil, met in ks2_pupils(council, day):
        said = belongs(pupil, known.cohort_day)
        if said is None:
            continue
        parts, share = parts_of_child_and_team(council, pupil, known.cohort_day), None
        if said == "in" and met is None:
            said = "excluded"
        if said == "in":
            first, last = academic_year(known.cohort_day)
            weeks = weeks_of(council, pupil, lambda week, first=first, last=last: first <= week <= last)
            share = attended_share(weeks, 1)
        because = {"in": "unknown" if share is None else None}.get(said, said)
        provisional = share is not None and known.is_provisional(pupil)
        yield Case(share, parts, "attendance_mean_pct", because=because, provisional=provisional)


def weeks_of(council: Council, pupil: str, is_in: Callable[[date], bool]) -> list[Row]:
    """Return the pupil's weeks that `is_in` takes; without both numbers of sessions a week says nothing."""
    rows = council.by("local_attendance", "person_id").get(pupil, [])
    known = (
        row for row in rows if row.week_start and None not in (row.sessions_possible, row.sessions_attended)
    )
    return [row for row in known if is_in(row.week_start)]


def attended_share(weeks: list[Row], at_least: int) -> Fraction | None:
    """Return sessions attended as a percentage of those possible; None when these are too few."""
    possible = sum(row.sessions_possible for row in weeks)
    return (
        Fraction(100 * sum(row.sessions_attended for row in weeks), possible)
        if possible >= at_least
        else None
    )


def school_weeks(council: Council) -> list[date]:
    """Return the Mondays of the weeks in which any pupil could go to school, in order."""
    weeks = {row.week_start for row in council.rows("local_attendance") if (row.sessions_possible or 0) > 0}
    return sorted(week for week in weeks if week)


def measure_99(council: Council, period: Period) -> Iterator[Case]:
    """Count interventions for persistently absent pupils whose attendance is a point better at the end."""
    weeks = council.once("school weeks", school_weeks)

    def attendance_before(pupil: str, day: date) -> Fraction | None:
        window = set([week for week in weeks if week + timedelta(days=4) < day][-12:])
        return attended_share(weeks_of(council, pupil, window.__contains__), 40)

    statistics = ("all_children_regardless_of_baseline", "pct", "mean_change_points")
    for row, because in ended_interventions(council, period):
        born = birth_day(council, row.person_id)
        if born is not None and not is_of_compulsory_school_age(born, row.end_date):
            continue
        parts = parts_of_child_and_team(council, row.person_id, row.end_date)
        if because is None:
            before = attendance_before(row.person_id, row.start_date)
            after = attendance_before(row.person_id, row.end_date)
            is_short = (row.end_date - row.start_date).days < 84
            because = "excluded" if before is None or after is None or is_short else None
        if because:
            yield from (Case(None, parts, statistic, because=because) for statistic in statistics)
            continue
        claims = (after - before >= 1, after - before >= 1, after - before)
        for statistic, claim in zip(statistics, claims, strict=True):
            if before <= 90 or statistic == statistics[0]:
                yield Case(claim, parts, statistic)
