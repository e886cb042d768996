"""Ages and birthdays, as the conventions count them (C6)."""

from datetime import date


def age(born: date, on: date) -> int:
    """Give the completed years; someone born on 29 February reaches an age on 1 March in a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def birthday(born: date, year: int) -> date:
    """Give the birthday in a calendar year: 1 March for 29 February in a common year."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def birthday_in(year: int, born: date) -> date:
    """Give the one birthday from 1 April to 31 March of a return's year."""
    early = birthday(born, year - 1)
    return early if early >= date(year - 1, 4, 1) else birthday(born, year)
