"""Teams, posts and the people in them: who was in which post on which day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, months_on, parts
from csc_measures.demo.dice import Dice
from csc_measures.demo.names import forenames, surnames
from csc_measures.demo.world import World, repeated, rows_of, upto, visits_every
from csc_measures.demo.writing import codes, constant, ids, marked, swap, tenths, whole, yes_no

PLACES = (
    "Ashmoor", "Birchcombe", "Coldwick", "Dunmere", "Elmhollow", "Fernley", "Gorsefield", "Hazelby",
    "Ivydale",
)  # fmt: skip
AREA_NAMES = (
    "Family Front Door",
    "Locality",
    "Permanency",
    "Children with Disabilities",
    "Leaving Care",
    "Targeted Family Support",
    "Early Help",
    "Headquarters",
)
FFD, LOCALITY, PERMANENCY, DISABILITY, CARE_LEAVERS, TFS, EARLY_HELP, OTHER = range(8)
SOCIAL_WORKER, SENIOR, MANAGER, ADVISER, FAMILY_WORKER, OTHER_ROLE = range(6)
PERMANENT, FIXED_TERM, AGENCY, INTERIM, STUDENT = range(5)


@dataclass
class Workforce:
    """Teams by service area, posts by team, and the spells of workers in posts."""

    teams: pd.DataFrame
    posts: pd.DataFrame
    spells: pd.DataFrame
    """One row per post and worker: post, worker, kind, start, end (NEVER: still there), in that order."""
    trouble_team: int
    turnaround_team: int
    remapped_team: int

    def __post_init__(self) -> None:
        """Index the spells by post and start, and the posts by team and role."""
        self._keys = self.spells["post"].to_numpy() * NEVER + self.spells["start"].to_numpy()
        self._posts_of = {
            (int(team), role): posts["post"].to_numpy()
            for (team, role), posts in self.posts.assign(
                group=np.where(self.posts["role"] == SENIOR, SOCIAL_WORKER, self.posts["role"])
            ).groupby(["team", "group"])
        }

    def teams_of(self, area: int) -> np.ndarray:
        """Give the teams of a service area."""
        return self.teams.index[self.teams["area"] == area].to_numpy()

    def team_for(self, area: int, keys: np.ndarray) -> np.ndarray:
        """Give each key (a family, a person) its team of a service area, always the same one."""
        teams = self.teams_of(area)
        return teams[scattered(keys + 7919 * area) % teams.size]

    def posts_for(self, teams: np.ndarray, role: int, turns: np.ndarray) -> np.ndarray:
        """Give a post of the role in each team, taking turns; -1 where the team has none."""
        chosen = np.full(len(teams), -1, dtype=np.int64)
        for team in np.unique(teams[teams >= 0]):
            posts = self._posts_of.get((int(team), role))
            if posts is not None:
                here = teams == team
                chosen[here] = posts[turns[here] % posts.size]
        return chosen

    def spell_at(self, posts: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Give the row of the spell that fills each post on each day; -1 while it is vacant."""
        days = np.minimum(days, NEVER - 1)
        rows = np.searchsorted(self._keys, posts * NEVER + days, side="right") - 1
        found = self.spells.iloc[np.maximum(rows, 0)]
        right = (rows >= 0) & (found["post"].to_numpy() == posts) & (found["end"].to_numpy() > days)
        return np.where(right & (posts >= 0), rows, -1)

    def worker_at(self, posts: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Give the worker in each post on each day; -1 while it is vacant."""
        rows = self.spell_at(posts, days)
        return np.where(rows < 0, -1, self.spells["worker"].to_numpy()[np.maximum(rows, 0)])

    def signer(self, teams: np.ndarray, days: np.ndarray, keys: np.ndarray) -> np.ndarray:
        """Give a worker of each team on each day, for the worker columns of records."""
        areas = self.teams["area"].to_numpy()[np.maximum(teams, 0)]
        role = np.select(
            [areas == CARE_LEAVERS, np.isin(areas, [TFS, EARLY_HELP])],
            [ADVISER, FAMILY_WORKER],
            SOCIAL_WORKER,
        )
        workers = np.full(len(teams), -1, dtype=np.int64)
        for kind in np.unique(role):
            here = (role == kind) & (teams >= 0)
            workers[here] = self.worker_at(self.posts_for(teams[here], int(kind), keys[here]), days[here])
        return workers

    def in_trouble(self, world: World, teams: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Say where the team in trouble is meant, since its trouble began."""
        return (np.asarray(teams) == self.trouble_team) & (np.asarray(days) >= world.trouble)

    def before_turnaround(self, world: World, teams: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Say where the team that got better is meant, before it did."""
        return (np.asarray(teams) == self.turnaround_team) & (np.asarray(days) < world.turnaround)


def scattered(keys: np.ndarray) -> np.ndarray:
    """Mix numbers up, so that neighbours do not go the same way whatever they are divided by."""
    return (np.asarray(keys, dtype=np.int64) * 2_654_435_761 >> 13) & 0xFFFFFFF


def invent_workforce(world: World) -> Workforce:
    """Set up teams and posts, and fill the posts from before the extracts open until the as-at date."""
    teams = set_up_teams(world)
    posts = set_up_posts(teams)
    trouble = int(teams.index[teams["area"] == LOCALITY][1])
    turnaround = int(teams.index[teams["area"] == FFD][1])
    remapped = int(teams.index[teams["area"] == LOCALITY][-1])
    spells = fill_posts(world, posts, trouble)
    return Workforce(teams, posts, spells, trouble, turnaround, remapped)


def set_up_teams(world: World) -> pd.DataFrame:
    """Give each service area at least two teams, in proportion to the council's size."""
    counts = [max(2, round(n * world.size)) for n in rates.TEAMS]
    area = np.repeat(np.arange(len(counts)), counts)
    turn = np.concatenate([np.arange(n) for n in counts])
    name = [
        f"{PLACES[k % len(PLACES)]} {AREA_NAMES[a]} {k // len(PLACES) + 1}"
        for a, k in zip(area, turn, strict=True)
    ]
    return pd.DataFrame({"area": area, "name": name})


def set_up_posts(teams: pd.DataFrame) -> pd.DataFrame:
    """Give each team its posts by role; one in seven is part time, a few are not established."""
    rows = [
        (team, role)
        for team, area in teams["area"].items()
        for role, n in enumerate(rates.POSTS[rates.AREAS[area]])
        for _ in range(n)
    ]
    posts = pd.DataFrame(rows, columns=["team", "role"])
    posts.insert(0, "post", np.arange(len(posts)))
    turn = posts["post"].to_numpy()
    posts["fte"] = np.select([turn % 7 == 3, turn % 19 == 5], [6, 8], 10)
    posts["established"] = ~((posts["role"] == SOCIAL_WORKER) & (turn % 37 == 11)).to_numpy()
    return posts


def fill_posts(world: World, posts: pd.DataFrame, trouble_team: int) -> pd.DataFrame:
    """Let workers follow one another in every post, with vacancies between them; some move inside."""
    dice = world.dice("workforce")
    n = len(posts)
    social_work = (posts["role"] <= SENIOR).to_numpy()
    trouble = (posts["team"] == trouble_team).to_numpy() & (posts["role"] != MANAGER).to_numpy()
    free = np.full(n, world.opened - 400)
    waves = []
    for wave in range(60):
        post = np.flatnonzero(free <= world.as_at)
        if not post.size:
            break
        start = free[post]
        shares = rates.FIRST_SPELL_SHARES if wave == 0 else rates.SPELL_SHARES_SOCIAL_WORK
        kind = np.where(
            social_work[post],
            dice.pick(post.size, shares),
            dice.pick(post.size, rates.SPELL_SHARES_OTHERS),
        )
        hurt = trouble[post] & (start >= world.trouble - 60)
        kind = np.where(hurt & dice.chance(post.size, 0.6), AGENCY, kind)
        length = np.select(
            [kind == k for k in range(4)], [dice.spread(post.size, points) for points in rates.SPELL_DAYS]
        )
        length = np.where(hurt, np.minimum(length, 90 + length // 4), length)
        end = start + np.where(wave == 0, (length * dice.even(post.size)).astype(np.int64) + 1, length)
        begun = np.where(wave == 0, end - length, start)
        leaves = trouble[post] & (start < world.trouble) & (end > world.trouble) & dice.chance(post.size, 0.5)
        end = np.where(leaves, world.trouble + dice.whole(post.size, 0, 200), end)
        gap = dice.spread(post.size, rates.VACANCY_DAYS)
        gap = np.where(trouble[post] & (end >= world.trouble), gap * 3 + 45, gap)
        managers = (posts["role"].to_numpy()[post] == MANAGER) & (kind == PERMANENT)
        gap = np.where(managers, 0, gap)
        waves.append(rows_of(post=post, kind=kind, start=begun, end=end, moves=dice.free(post.size)))
        free[post] = end + gap
    spells = pd.concat(waves).sort_values(["post", "start"], kind="stable").reset_index(drop=True)
    spells.loc[spells["end"] > world.as_at, "end"] = NEVER
    spells = spells[spells["end"] >= world.opened].reset_index(drop=True)
    spells["worker"] = np.arange(len(spells))
    return move_inside(spells)


def move_inside(spells: pd.DataFrame) -> pd.DataFrame:
    """Let some permanent workers who leave a post be the ones who start in another within four weeks."""
    permanent = spells["kind"] == PERMANENT
    leaving = spells[permanent & (spells["end"] < NEVER) & (spells["moves"] < rates.INTERNAL_MOVES)]
    starting = spells[permanent].sort_values(["start", "post"], kind="stable")
    starts, rows = starting["start"].to_numpy(), starting.index.to_numpy()
    taken: set[int] = set()
    reason = np.where(spells["end"] < NEVER, 0, -1)
    workers = spells["worker"].to_numpy().copy()
    for row, end in leaving.sort_values(["end", "post"], kind="stable")["end"].items():
        place = int(np.searchsorted(starts, end))
        while place < starts.size and starts[place] <= end + 28:
            candidate = int(rows[place])
            place += 1
            if candidate in taken or candidate == row or starts[place - 1] <= spells["start"].at[row]:
                continue
            taken.add(candidate)
            workers[candidate] = workers[row]
            reason[row] = 1
            break
    return spells.assign(worker=workers, reason=reason)


def write_workforce(world: World, workforce: Workforce) -> None:
    """Write teams, service areas, posts, occupancy, employment, absences, supervision, professionals."""
    dice = world.dice("workforce")
    write_teams(world, workforce)
    write_posts(world, workforce)
    employment = write_employment(world, workforce)
    write_absences(world, dice, employment)
    write_supervision(world, dice, workforce, employment)
    write_professionals(world, workforce, employment)


def write_teams(world: World, workforce: Workforce) -> None:
    """Write teams, their parents, and the versioned map to service areas: one team was moved once."""
    scribe, teams = world.scribe, workforce.teams
    n, areas = len(teams), len(rates.AREAS)
    parent = np.concatenate([np.full(areas, -1), teams["area"].to_numpy()])
    is_team = np.arange(areas + n) >= areas
    scribe.write(
        "ssd_department",
        {
            "dept_team_id": ids("T", np.concatenate([n + np.arange(areas), np.arange(n)])),
            "dept_team_name": codes(
                np.arange(areas + n), [f"{name} service" for name in AREA_NAMES] + teams["name"].tolist()
            ),
            "dept_team_parent_id": ids("T", np.where(is_team, n + parent, -1)),
            "dept_team_parent_name": codes(parent, [f"{name} service" for name in AREA_NAMES]),
        },
    )
    moved = workforce.remapped_team
    change = int(months_on(np.array([world.as_at]), -19)[0])
    _, _, of_month = parts(np.array([change]))
    change -= int(of_month[0]) - 1
    area = np.concatenate([teams["area"].to_numpy(), [LOCALITY]])
    team = np.concatenate([np.arange(n), [moved]])
    area[moved] = FFD
    scribe.write(
        "local_team_service_areas",
        {
            "team_service_area_id": ids("TSA", np.arange(n + 1)),
            "team_id": ids("T", team),
            "service_area": codes(area, rates.AREAS),
            "frontline": yes_no(area <= CARE_LEAVERS),
            "safeguarding": yes_no(np.isin(area, [FFD, LOCALITY, PERMANENCY, DISABILITY])),
            "start_date": scribe.dates(np.where(np.arange(n + 1) == n, change, world.opened - 800)),
            "end_date": scribe.dates(np.where(np.arange(n + 1) == moved, change - 1, NEVER)),
        },
    )


def write_posts(world: World, workforce: Workforce) -> None:
    """Write posts and who has filled them."""
    scribe, posts, spells = world.scribe, workforce.posts, workforce.spells
    scribe.write(
        "local_posts",
        {
            "post_id": ids("POST", posts["post"].to_numpy()),
            "team_id": ids("T", posts["team"].to_numpy()),
            "role": codes(posts["role"].to_numpy(), rates.ROLES),
            "established": yes_no(posts["established"].to_numpy()),
            "fte": tenths(posts["fte"].to_numpy()),
            "start_date": scribe.dates(np.full(len(posts), world.opened - 800)),
            "end_date": constant(len(posts), None),
        },
    )
    kept = spells
    scribe.write(
        "local_post_occupancy",
        {
            "post_occupancy_id": ids("OCC", kept.index.to_numpy()),
            "post_id": ids("POST", kept["post"].to_numpy()),
            "worker_id": ids("W", kept["worker"].to_numpy()),
            "occupant_type": codes(kept["kind"].to_numpy(), rates.SPELL_KINDS),
            "fte": tenths(posts["fte"].to_numpy()[kept["post"].to_numpy()]),
            "start_date": scribe.dates(kept["start"].to_numpy()),
            "end_date": scribe.dates(kept["end"].to_numpy()),
        },
    )


def write_employment(world: World, workforce: Workforce) -> pd.DataFrame:
    """Write employment: a row for each worker in a team and role, and students on placement."""
    scribe, posts = world.scribe, workforce.posts
    kept = workforce.spells
    post = kept["post"].to_numpy()
    rows = rows_of(
        worker=kept["worker"].to_numpy(),
        team=posts["team"].to_numpy()[post],
        role=posts["role"].to_numpy()[post],
        kind=kept["kind"].to_numpy(),
        fte=posts["fte"].to_numpy()[post],
        start=kept["start"].to_numpy(),
        end=kept["end"].to_numpy(),
        reason=kept["reason"].to_numpy(),
    )
    rows = pd.concat([rows, students(world, workforce)], ignore_index=True)
    scribe.write(
        "local_employment",
        {
            "employment_id": ids("EMP", np.arange(len(rows))),
            "worker_id": ids("W", rows["worker"].to_numpy()),
            "team_id": ids("T", rows["team"].to_numpy()),
            "role": codes(rows["role"].to_numpy(), rates.ROLES),
            "qualified_social_worker": yes_no(
                (rows["role"] <= MANAGER).to_numpy()
                & (rows["kind"] != STUDENT).to_numpy()
                & np.isin(workforce.teams["area"].to_numpy()[rows["team"].to_numpy()], [0, 1, 2, 3, 4, 7])
            ),
            "employment_type": codes(rows["kind"].to_numpy(), (*rates.SPELL_KINDS, "STUDENT")),
            "fte": tenths(rows["fte"].to_numpy()),
            "start_date": scribe.dates(rows["start"].to_numpy()),
            "end_date": scribe.dates(rows["end"].to_numpy()),
            "leave_reason": codes(
                np.where(scribe.seen(rows["end"]), rows["reason"], -1), ["LEFT_ORGANISATION", "INTERNAL_MOVE"]
            ),
        },
    )
    return rows


def students(world: World, workforce: Workforce) -> pd.DataFrame:
    """Give every second front door and locality team a student from each September to the next May."""
    teams = np.concatenate([workforce.teams_of(FFD), workforce.teams_of(LOCALITY)])[::2]
    _, month, _ = parts(np.arange(world.opened, world.as_at + 1))
    starts = np.arange(world.opened, world.as_at + 1)[(month == 9)][::30] if teams.size else np.array([])
    team, start = (grid.ravel() for grid in np.meshgrid(teams, starts))
    end = np.where(start + 250 <= world.as_at, start + 250, NEVER)
    first = upto(workforce.spells["worker"])
    return rows_of(
        worker=first + np.arange(team.size),
        team=team,
        role=np.full(team.size, SOCIAL_WORKER),
        kind=np.full(team.size, STUDENT),
        fte=np.full(team.size, 10),
        start=start,
        end=end,
        reason=np.where(end < NEVER, 0, -1),
    )


def write_absences(world: World, dice: Dice, employment: pd.DataFrame) -> None:
    """Write absences: short sickness, and a few long ones, inside the employment."""
    end = np.minimum(employment["end"].to_numpy(), world.as_at)
    start = np.maximum(employment["start"].to_numpy(), world.opened)
    row, first = visits_every(dice, start, end, np.full(len(employment), 420.0), jitter=0.5)
    days = dice.spread(row.size, ((0, 0), (0.6, 6), (0.85, 20), (0.94, 60), (1, 300)))
    last = first + days
    rows = rows_of(worker=employment["worker"].to_numpy()[row], start=first, end=np.minimum(last, end[row]))
    rows.loc[last > world.as_at, "end"] = NEVER
    rows = rows.sort_values(["worker", "start"], kind="stable").reset_index(drop=True)
    scribe = world.scribe
    scribe.write(
        "local_absences",
        {
            "absence_id": ids("ABS", np.arange(len(rows))),
            "worker_id": ids("W", rows["worker"].to_numpy()),
            "start_date": scribe.dates(rows["start"].to_numpy()),
            "end_date": scribe.dates(rows["end"].to_numpy()),
        },
    )


def write_supervision(world: World, dice: Dice, workforce: Workforce, employment: pd.DataFrame) -> None:
    """Write supervision: about once a month in social work teams, less often in the team in trouble."""
    scribe, calendar = world.scribe, world.calendar
    areas = workforce.teams["area"].to_numpy()[employment["team"].to_numpy()]
    held = employment[(areas <= CARE_LEAVERS) & (employment["kind"] != STUDENT).to_numpy()]
    start = np.maximum(held["start"].to_numpy(), world.opened)
    end = np.minimum(held["end"].to_numpy(), world.as_at + 1)
    first = months_on(start, 0)
    year, month, _ = parts(first)
    last_year, last_month, _ = parts(end)
    row, turn = repeated((last_year * 12 + last_month) - (year * 12 + month) + 1)
    month_start = months_on(first - parts(first)[2] + 1, 0)[row]
    month_start = months_on(month_start, turn)
    day = calendar.on_working_day(month_start + dice.whole(row.size, 1, 24))
    inside = (day >= start[row]) & (day < end[row])
    row, day = row[inside], day[inside]
    team = held["team"].to_numpy()[row]
    share = np.where(
        workforce.in_trouble(world, team, day), rates.SUPERVISED_IN_TROUBLE, rates.SUPERVISED
    ) - np.where(workforce.before_turnaround(world, team, day), 0.12, 0)
    kind = dice.pick(row.size, [0.90, 0.05, 0.05])
    status = np.where(dice.chance(row.size, share), 0, 1)
    status = np.where((status == 1) & dice.chance(row.size, 0.25), 2, status)
    written = ~((status == 2) & dice.chance(row.size, 0.5))
    worker = held["worker"].to_numpy()[row]
    scribe.write(
        "local_supervision",
        {
            "supervision_id": ids("SUP", np.arange(int(written.sum()))),
            "worker_id": ids("W", worker[written]),
            "supervision_date": scribe.dates(day[written]),
            "supervision_type": codes(kind[written], ["ONE_TO_ONE", "GROUP", "AD_HOC"]),
            "status": codes(status[written], ["COMPLETED", "CANCELLED", "PLANNED"]),
        },
    )


def write_professionals(world: World, workforce: Workforce, employment: pd.DataFrame) -> None:
    """Write the people who work here, as they stand today (the latest value only)."""
    latest = employment.sort_values(["worker", "start"], kind="stable").groupby("worker").tail(1)
    worker = latest["worker"].to_numpy()
    qualified = (latest["role"] <= MANAGER).to_numpy() & (latest["kind"] != STUDENT).to_numpy()
    world.scribe.write(
        "ssd_professionals",
        {
            "prof_professional_id": ids("W", worker),
            "prof_staff_id": marked("-S", worker),
            "prof_professional_name": staff_names(worker),
            "prof_social_worker_registration_no": swap(marked("-SW", worker), ~qualified, None),
            "prof_professional_job_title": codes(
                latest["role"].to_numpy(),
                [
                    f"ZQX {title}"
                    for title in (
                        "social worker",
                        "senior social worker",
                        "team manager",
                        "personal adviser",
                        "family worker",
                        "practice support",
                    )
                ],
            ),
            "prof_professional_caseload": whole(
                np.where((latest["role"] <= SENIOR) & (latest["end"] >= NEVER), 10 + worker * 7 % 11, -1)
            ),
            "prof_professional_department": codes(
                latest["team"].to_numpy(), workforce.teams["name"].tolist()
            ),
            "prof_full_time_equivalency": tenths(latest["fte"].to_numpy()),
            "prof_agency_worker_flag": yes_no(np.isin(latest["kind"].to_numpy(), [AGENCY, INTERIM])),
        },
    )


def staff_names(workers: np.ndarray) -> pa.Array:
    """Give workers their invented names."""
    return pc.binary_join_element_wise(
        forenames(workers * 13 + 5), swap(surnames(workers * 29 + 11), workers < 0, None), " "
    )
