"""
Write a small invented SSDA903 return, of one year or of several, for the README and for the tests.

Forty invented children and young people, always the same: twelve in care or in short breaks with a story
each, eight care leavers, and a background of twenty. Every table of a return is there.
Postcodes lie in an area that does not exist (QQ) and no name is in a return, so nothing can be mistaken
for a real child. `DEFECTS` lists what can be made wrong on purpose.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

from csc_measures.returns.rows import year_end
from csc_measures.returns.ssda903.ages import age, birthday, birthday_in
from csc_measures.returns.ssda903.tables import OPTIONAL_COLUMNS, TABLES

Files = dict[str, list[list[str]]]

# child, sex, date of birth, ethnicity, and the spells in care: "start RNE LS PLACE home" for each episode,
# "day REC" for the end. The home stands for URN and postcode.
STORIES = """
101 F 2014-05-10 WBRI | 2020-06-01 S C1 U6 1; 2021-02-01 L C2 U6 1
102 M 2010-09-02 WBRI | 2024-01-10 S V2 U6 2; 2024-06-03 P V2 K2 3; 2024-10-21 P V2 U6 4; 2025-01-15 P V2 U6 5
103 F 2012-02-29 MWBC | 2022-03-01 S C2 U4 6; 2024-05-06 T C2 T1 7; 2024-05-11 T C2 U4 6
104 M 2009-11-30 BAFR | 2023-01-09 S V2 U6 8; 2024-07-01 E4A; 2024-12-02 S V2 U6 9
105 F 2021-08-15 WBRI | 2022-09-05 S C2 U6 10; 2023-10-02 B E1 A6 11; 2024-09-16 E12
106 M 2020-03-03 WOTH | 2021-11-15 S C2 U6 12; 2023-03-06 B E1 A5 12
107 M 2008-01-20 OOTH | 2023-08-01 S V2 H5 13; 2024-01-08 L C2 H5 13; 2024-04-02 P C2 K3 14
108 F 2007-03-31 AOTH | 2022-05-02 S C2 U4 15; 2025-03-31 E17
109 M 2013-07-07 WBRI | 2023-04-03 S J1 K1 16; 2023-04-24 B C2 U6 17
110 F 2016-12-25 MWAS | 2024-03-18 S L2 U6 18; 2024-03-26 L C1 U6 18; 2024-11-11 L C2 U6 18
111 M 2011-04-14 WBRI | 2023-06-05 S V4 U6 19
112 F 2015-10-08 WBRI | 2023-09-04 S V3 R1 20; 2023-09-11 E8; 2024-08-05 S V3 R1 20; 2024-08-12 E8
""".strip()
UNACCOMPANIED = {"107"}
# child, sex, date of birth, ethnicity, and IN_TOUCH, ACTIV and ACCOM at each birthday.
CARE_LEAVERS = """
201 M 2005-06-12 WBRI | YES F2 U1
202 F 2004-11-03 WBRI | YES G5 S2
203 M 2003-09-19 BCRB | NO 0 0
204 F 2004-05-27 WBRI | YES P5 Z1
205 M 2006-01-22 AIND | REFU 0 G1
206 F 2004-02-29 WBRI | YES F1 K1
207 M 2005-12-31 MOTH | RHOM F5 B1
208 F 2003-04-01 WBRI | DIED 0 0
""".strip()
ADOPTIONS = {"105": ("2023-08-14", "2023-09-20", "0", "2", "MF", "L11")}
PLACED = {
    "105": ("2023-08-14", "", ""),
    "106": ("2023-02-06", "", ""),
    "110": ("2024-11-25", "2025-02-03", "RD1"),
}
MISSING = {
    "102": (("2024-08-20", "2024-08-22", "M"), ("2024-11-05", "2024-11-05", "A")),
    "107": (("2024-06-14", "2024-06-15", "M"), ("2024-06-28", "2024-07-01", "M")),
    "109": (("2025-03-30", "", "M"),),
}
LIBERTY = {"102": ("2024-07-01", "2024-09-02")}
BACKGROUND = range(301, 321)
CODES_AT_REVIEW = ("PN1", "PN2", "PN5", "PN3", "PN1", "PN6", "PN4", "PN1", "PN7")


@dataclass(frozen=True)
class Episode:
    """One episode of care as the return tells it; `end` and `ceased` are empty while it is open."""

    start: date
    reason: str
    status: str
    place: str
    home: int
    end: date | None = None
    ceased: str = ""
    change: str = ""


@dataclass(frozen=True)
class Child:
    """One invented child or young person, with the whole history in care and as a care leaver."""

    number: str
    sex: str
    born: date
    ethnicity: str
    episodes: tuple[Episode, ...] = ()
    left_care: tuple[str, str, str] | None = None

    def in_care(self, day: date) -> Episode | None:
        """Give the episode current on a day."""
        return next((e for e in self.episodes if e.start <= day and (not e.end or e.end > day)), None)


def write_invented_return(folder: Path, years: Iterable[int] = (2025,), defects: Iterable[str] = ()) -> Path:
    """
    Write the return of each year (ending 31 March) into the folder, and give the folder.

    One year is written as `<table>.csv`, several as `<YYYY>-<table>.csv`. `defects` names entries of
    `DEFECTS`, made in the last year. The same arguments always give the same bytes.
    """
    years = sorted(years)
    folder.mkdir(parents=True, exist_ok=True)
    for year in years:
        files = tables_of(year)
        if year == years[-1]:
            for defect in defects:
                DEFECTS[defect](files)
        for table, rows in files.items():
            name = f"{table}.csv" if len(years) == 1 else f"{year}-{table}.csv"
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            (folder / name).write_text(text.getvalue(), encoding="utf-8", newline="")
    return folder


def children() -> list[Child]:
    """Give all invented children in order of their number."""
    told = [_told(line) for line in STORIES.splitlines()]
    left = [_left_care(line) for line in CARE_LEAVERS.splitlines()]
    return [*told, *left, *map(_settled, BACKGROUND)]


def tables_of(year: int) -> Files:
    """Give the header and rows of every table of the return of a year, as texts."""
    first, last = date(year - 1, 4, 1), year_end(year)
    everyone = children()
    cared_for = [c for c in everyone if any(_touches(e.start, e.end, first, last) for e in c.episodes)]
    leavers = [c for c in everyone if c.left_care and 17 <= age(c.born, birthday_in(year, c.born)) <= 21]
    whole_year = [c for c in cared_for if _looked_after_all_year(c, first, last)]
    listed = [c for c in everyone if c in cared_for or c in leavers]
    tables = {
        "header": [_header(c, last) for c in listed],
        "episodes": [row for c in cared_for for row in _episodes(c, first, last)],
        "reviews": [row for c in cared_for for row in _reviews(c, first, last)],
        "uasc": [
            (c.number, c.sex, _text(c.born), _text(birthday(c.born, c.born.year + 18)))
            for c in cared_for
            if c.number in UNACCOMPANIED
        ],
        "oc2": [_oc2(c, last) for c in whole_year],
        "oc3": [(c.number, _text(c.born), *c.left_care) for c in leavers],
        "ad1": [
            (c.number, _text(c.born), _uk(decided), _uk(matched), *rest)
            for c in cared_for
            if c.number in ADOPTIONS and _adopted_in(c, first, last)
            for decided, matched, *rest in [ADOPTIONS[c.number]]
        ],
        "placed_for_adoption": [
            (c.number, _text(c.born), _uk(placed), _uk(ceased), why)
            for c in cared_for
            if c.number in PLACED
            for placed, ceased, why in [PLACED[c.number]]
            if _touches(
                date.fromisoformat(placed), date.fromisoformat(ceased) if ceased else None, first, last
            )
        ],
        "missing": [
            (c.number, _text(c.born), kind, _uk(start), _uk(end))
            for c in cared_for
            for start, end, kind in MISSING.get(c.number, ())
            if first <= date.fromisoformat(start) <= last
        ],
        "previous_permanence": [(c.number, _text(c.born), "Z1", "", "") for c in cared_for],
    }
    if year >= 2024:
        tables["sw_episodes"] = [
            row for c in cared_for if c.in_care(last) for row in _social_workers(c, first, last)
        ]
    if year >= 2025:
        tables["dolo"] = [
            (c.number, _text(c.born), *map(_uk, LIBERTY[c.number])) for c in cared_for if c.number in LIBERTY
        ]
    return {table: [_titles(table), *map(list, rows)] for table, rows in tables.items()}


def _told(line: str) -> Child:
    """Read one line of STORIES."""
    who, story = line.split(" | ")
    number, sex, born, ethnicity = who.split()
    steps = [step.split() for step in story.split("; ")]
    episodes = []
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if len(step) != 5:
            continue
        start, reason, status, place, home = step
        end = date.fromisoformat(following[0]) if following else None
        ceased = "" if not following else following[1] if len(following) == 2 else "X1"
        change = "CARPL" if ceased == "X1" and following[1] in "PBTU" else ""
        episodes.append(
            Episode(date.fromisoformat(start), reason, status, place, int(home), end, ceased, change)
        )
    return Child(number, sex, date.fromisoformat(born), ethnicity, tuple(episodes))


def _left_care(line: str) -> Child:
    """Read one line of CARE_LEAVERS; care ended on the 18th birthday, before any return that is written."""
    who, now = line.split(" | ")
    number, sex, born, ethnicity = who.split()
    in_touch, activity, place = now.split()
    return Child(number, sex, date.fromisoformat(born), ethnicity, left_care=(in_touch, activity, place))


def _settled(number: int) -> Child:
    """Make one child of the background: ages, orders and placements go round; some move, some go home."""
    turn = number - BACKGROUND.start
    born = date(2008 + turn % 15, 1 + turn % 12, 1 + turn)
    start = max(date(2020 + turn % 5, 1 + (5 * turn) % 12, 3 + turn), born + timedelta(40))
    status, place = ("C1", "V2", "C2")[turn % 3], ("U6", "U4", "U1", "K2")[turn % 4]
    episodes = (Episode(start, "S", status, place, 100 + turn),)
    if turn % 4 == 3:
        moved = start + timedelta(400)
        episodes = (
            Episode(start, "S", status, place, 100 + turn, moved, "X1", "CARPL"),
            Episode(moved, "P", status, "U4", 200 + turn),
        )
    elif turn % 7 == 5:
        episodes = (Episode(start, "S", status, place, 100 + turn, date(2024, 5 + turn % 6, 20), "E4A"),)
    ethnicity = ("WBRI", "WBRI", "WBRI", "APKN", "MWBC")[turn % 5]
    return Child(str(number), "FM"[turn % 2], born, ethnicity, episodes)


def _header(child: Child, last: date) -> tuple[str, ...]:
    upn = "UN1" if age(child.born, last) < 5 else f"Q{int(child.number):012d}"
    mother = "1" if child.number == "202" else "0" if child.sex == "F" else ""
    baby = "14/02/2023" if mother == "1" else ""
    return child.number, child.sex, _text(child.born), child.ethnicity, upn, mother, baby


def _episodes(child: Child, first: date, last: date) -> list[tuple[str, ...]]:
    """Tell the episodes open at some time in the year, as they stand on its last day."""
    need = f"N{1 + int(child.number) % 8}"
    home_postcode = f"QQ{1 + int(child.number) % 6} 1HM"
    rows = []
    for e in child.episodes:
        if not _touches(e.start, e.end, first, last):
            continue
        provider = "PR1" if e.place.startswith(("U", "A", "T")) else "PR4"
        ended = (_text(e.end), e.ceased, e.change) if e.end and e.end <= last else ("", "", "")
        where = (f"QQ{1 + e.home % 6} {e.home % 10}PL", f"{9000000 + e.home}")
        what = (_text(e.start), e.reason, e.status, need, e.place, provider)
        rows.append((child.number, *what, *ended, home_postcode, *where))
    return rows


def _reviews(child: Child, first: date, last: date) -> list[tuple[str, ...]]:
    """Hold a review four weeks after care began, three months later, and every six months from then on."""
    rows = []
    begun = [e.start for e in child.episodes if e.reason == "S" and e.status not in ("V3", "V4")]
    for start in begun:
        held = start + timedelta(28)
        turn = 0
        while held <= last and child.in_care(held):
            if held >= first:
                code = CODES_AT_REVIEW[(int(child.number) + turn) % len(CODES_AT_REVIEW)]
                code = "PN0" if age(child.born, held) < 4 else code
                rows.append((child.number, _text(child.born), _text(held), code))
            held += timedelta(90 if turn == 0 else 180)
            turn += 1
    return rows


def _oc2(child: Child, last: date) -> tuple[str, ...]:
    """Tick what was done in the year; a score for most children aged 4 to 16."""
    turn = int(child.number) + last.year
    scored = 4 <= age(child.born, last) <= 16 and turn % 5 != 0
    score, reason = (str(turn * 7 % 31), "") if scored else ("", "SDQ2" if turn % 5 == 0 else "SDQ1")
    ticks = ["0", "1", "1", "1", "1", "0", "0", "0"]
    if age(child.born, last) >= 5:
        ticks[1] = "0"
    if turn % 6 == 0:
        ticks[2] = ticks[4] = "0"
    if turn % 4 == 0:
        ticks[3] = "0"
    return child.number, _text(child.born), score, reason, *ticks


def _social_workers(child: Child, first: date, last: date) -> list[tuple[str, ...]]:
    """Give each child one worker since the table began (1 April 2023); for some it changed."""
    began = max(date(2023, 4, 1), child.episodes[0].start)
    spells = [(began, None, "FCONTA")]
    changed = date(2024, 9, 2)
    if int(child.number) % 4 == 2 and began < changed:
        spells = [(began, changed, "FCONTA"), (changed, None, "LEFTRL")]
    return [
        (
            child.number,
            _text(child.born),
            f"SW{1 + (int(child.number) + turn) % 7}",
            _text(start),
            _text(end) if end and end <= last else "",
            why,
        )
        for turn, (start, end, why) in enumerate(spells)
        if _touches(start, end, first, last)
    ]


def _looked_after_all_year(child: Child, first: date, last: date) -> bool:
    day = first
    while day <= last:
        episode = child.in_care(day)
        if episode is None or episode.status in ("V3", "V4"):
            return False
        day = min(episode.end or date.max, last + timedelta(1))
    return True


def _adopted_in(child: Child, first: date, last: date) -> bool:
    return any(e.ceased in ("E11", "E12") and first <= e.end <= last for e in child.episodes)


def _touches(start: date, end: date | None, first: date, last: date) -> bool:
    return start <= last and (end is None or end >= first)


def _titles(table: str) -> list[str]:
    return [column for column in TABLES[table] if (table, column) not in OPTIONAL_COLUMNS]


def _text(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _uk(iso: str) -> str:
    return _text(date.fromisoformat(iso)) if iso else ""


def _set(table: str, child: str, column: str, value: str, nth: int = 0) -> Callable[[Files], None]:
    """Make a defect that puts a value into the nth row of a child."""

    def change(files: Files) -> None:
        place = files[table][0].index(column)
        [row for row in files[table] if row[0] == child][nth][place] = value

    return change


def _add(table: str, *cells: str) -> Callable[[Files], None]:
    """Make a defect that adds a row, or a line with too few or too many fields."""
    return lambda files: files[table].append(list(cells))


def _rename(table: str, column: str, name: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[table][0] = [name if title == column else title for title in files[table][0]]

    return change


def _repeat(table: str, child: str) -> Callable[[Files], None]:
    return lambda files: files[table].append(next(row for row in files[table] if row[0] == child))


def _drop(table: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        del files[table]

    return change


DEFECTS: dict[str, Callable[[Files], None]] = {
    "overlapping episodes": _set("episodes", "102", "DECOM", "01/10/2024", nth=2),
    "gap between episodes": _set("episodes", "102", "DECOM", "20/01/2025", nth=3),
    "open episode that is not the last": _set("episodes", "110", "DEC", ""),
    "open episode with a reason for ceasing": _set("episodes", "101", "REC", "X1"),
    "end before start": _set("missing", "107", "MIS_END", "13/06/2024"),
    "future review": _add("reviews", "101", "10/05/2014", "14/08/2026", "PN1"),
    "unknown code": _set("episodes", "101", "PLACE", "Q9"),
    "unreadable date": _set("reviews", "101", "REVIEW", "31/02/2025"),
    "unreadable end date": _set("episodes", "108", "DEC", "45747"),
    "text in a number": _set("oc2", "101", "SDQ_SCORE", "twelve"),
    "row with too few fields": _add("reviews", "101", "10/05/2014"),
    "row twice": _repeat("episodes", "101"),
    "child not in the header": _add("missing", "999", "01/02/2012", "M", "02/02/2025", "03/02/2025"),
    "renamed column": _rename("episodes", "DECOM", "DECOMM"),
    "missing file": _drop("episodes"),
}


GROUPS = {
    "reviews": "AREVIEW",
    "missing": "AMISSING",
    "oc2": "OC2",
    "placed_for_adoption": "AD_PLACED",
    "previous_permanence": "PERMANENCE",
    "sw_episodes": "SWEPISODE",
    "dolo": "DOLO",
}
"""The element of the XML in which each row of a table stands; what a child has once stands in HEADER."""


def write_invented_xml(path: Path, year: int = 2025) -> Path:
    """Write the return of a year as one XML file, and give the file."""
    tables = {
        table: [dict(zip(titles, row, strict=True)) for row in rows]
        for table, (titles, *rows) in tables_of(year).items()
    }
    root = ElementTree.Element("EXPSSDA903")
    for row in tables["header"]:
        child = ElementTree.SubElement(root, "CHILD")
        header = ElementTree.SubElement(child, "HEADER")
        of_child = {table: [r for r in rows if r["CHILD"] == row["CHILD"]] for table, rows in tables.items()}
        once = [r for table in ("header", "uasc", "oc3", "ad1") for r in of_child[table]]
        told = {column: text for r in once for column, text in r.items()}
        told["UASC"] = "1" if of_child["uasc"] else "0"
        _fill(header, {"CHILDID": told.pop("CHILD"), **told})
        for table, name in GROUPS.items():
            for r in of_child.get(table, []):
                own = {column: text for column, text in r.items() if column not in ("CHILD", "DOB")}
                _fill(ElementTree.SubElement(header, name), own)
        for r in of_child["episodes"]:
            own = {column: text for column, text in r.items() if column != "CHILD"}
            _fill(ElementTree.SubElement(child, "EPISODE"), {"PL": own.pop("PLACE"), **own})
    ElementTree.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ElementTree.tostring(root, "us-ascii"))
    return path


def _fill(element: ElementTree.Element, told: dict[str, str]) -> None:
    for column, text in told.items():
        ElementTree.SubElement(element, column).text = text
