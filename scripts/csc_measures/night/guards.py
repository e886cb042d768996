"""
Stop a night that would publish half a delivery, or what does not follow on what was published last.

`measures nightly --accept RULE --because TEXT` accepts every concern of a rule for one run. What was accepted
is kept with the run: rule, reason, and what was found.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from csc_measures.authorities import option
from csc_measures.contract.rules import CONCERNS, Concern
from csc_measures.night.generations import Run
from csc_measures.settings import DEMO_AUTHORITIES, DEMO_LANDING, Settings
from csc_measures.stop import ExitCode, Stop

Reasons = Mapping[str, str]
"""Why a rule is accepted to be broken, by rule."""


@dataclass(frozen=True)
class Accepted:
    """A rule that was broken and accepted: the reason given, and what was found."""

    rule: str
    because: str
    found: tuple[str, ...]


def reasons(rules: Sequence[str], because: Sequence[str]) -> dict[str, str]:
    """Pair the rules that are accepted with the reasons given; raises Stop (60) when they do not pair."""
    for rule in rules:
        if rule not in CONCERNS:
            [nearest] = difflib.get_close_matches(rule, CONCERNS, n=1, cutoff=0.0)
            raise Stop(
                ExitCode.WRONG_SETTINGS,
                f"--accept {rule}: there is no such rule.",
                [f"The rules are: {', '.join(CONCERNS)}"],
                f"Type for example: --accept {nearest} --because 'the reason'",
            )
    if len(rules) != len(because) or not all(reason.strip() for reason in because):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "Each --accept needs a --because with the reason.",
            next_step="Type for example: --accept rows_lost --because 'the reason'",
        )
    return dict(zip(rules, because, strict=True))


def check_kind(landing_folder: Path, history: Sequence[Run]) -> None:
    """Raise Stop (60) when the demo would follow on a real council in a warehouse, or the reverse."""
    if history and _is_demo(Path(history[-1].landing_folder)) != _is_demo(landing_folder):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The warehouse serves measures of the demo."
            if _is_demo(Path(history[-1].landing_folder))
            else "The warehouse serves measures that were not made by the demo.",
            [f"last published from {history[-1].landing_folder}"],
            "Name another folder, for example: CSC_WAREHOUSE_DIR=demo/warehouse measures demo",
        )


def _is_demo(landing_folder: Path) -> bool:
    *_, of, within, last = ("", "", *landing_folder.absolute().parts)
    return DEMO_LANDING.parts == (within, last) or DEMO_AUTHORITIES.parts in ((of, within), (within, last))


def check_follows(settings: Settings, history: Sequence[Run], given: Reasons) -> tuple[Accepted, ...]:
    """Give what is accepted though it does not follow on the last published run; raises Stop (60) or it."""
    if not history:
        return ()
    last, concerns = history[-1], []
    if settings.as_at < last.as_at:
        hint = f"{settings.as_at}, published {last.as_at}"
        concerns.append(Concern("CSC_AS_AT", "as_at_before_published", hint))
    if settings.authority != last.authority:
        hint = f"{settings.authority}, published {last.authority}"
        concerns.append(Concern("CSC_AUTHORITY", "another_authority", hint))
    what = "The settings do not follow on what was published last."
    return judge(concerns, given, what, "Set them right", ExitCode.WRONG_SETTINGS)


def judge(
    concerns: Iterable[Concern],
    given: Reasons,
    what: str = "The extracts should not be published. What was published last stays published.",
    way_out: str = "Mend the extracts",
    code: ExitCode = ExitCode.CHECK_FAILED,
) -> tuple[Accepted, ...]:
    """Give what of the concerns is accepted; raises Stop with those that are not."""
    by_rule: dict[str, list[str]] = {}
    for concern in sorted(concerns):
        by_rule.setdefault(concern.rule, []).append(str(concern))
    open_rules = [rule for rule in by_rule if rule not in given]
    if open_rules:
        accept = " ".join(f"--accept {rule} --because {shlex.quote('the reason')}" for rule in open_rules)
        raise Stop(
            code,
            what,
            [told for rule in open_rules for told in by_rule[rule]],
            f"{way_out} and run again. To publish all the same, type: measures nightly{option()} {accept}",
        )
    return tuple(Accepted(rule, given[rule], tuple(found)) for rule, found in sorted(by_rule.items()))


def tell(accepted: Iterable[Accepted]) -> list[str]:
    """Say of each rule that was accepted what was found, and why it was accepted."""
    return [f"Accepted: {found}; because: {each.because}" for each in accepted for found in each.found]
