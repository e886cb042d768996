"""
Stop a night that would publish half a delivery, unless somebody accepts that with a reason.

`measures nightly --accept RULE --because TEXT` accepts every concern of a rule for one run. What was accepted
is kept with the run: rule, reason, and what was found.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from csc_measures.contract.rules import CONCERNS, Concern
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


def judge(concerns: Iterable[Concern], given: Reasons) -> tuple[Accepted, ...]:
    """Give what of the concerns is accepted; raises Stop (30) with those that are not."""
    by_rule: dict[str, list[str]] = {}
    for concern in sorted(concerns):
        by_rule.setdefault(concern.rule, []).append(str(concern))
    open_rules = [rule for rule in by_rule if rule not in given]
    if open_rules:
        accept = " ".join(f"--accept {rule} --because {shlex.quote('the reason')}" for rule in open_rules)
        raise Stop(
            ExitCode.CHECK_FAILED,
            "The extracts have lost too much to be published. What was published last stays published.",
            [told for rule in open_rules for told in by_rule[rule]],
            f"Mend the extracts and run again. To publish them as they are: measures nightly {accept}",
        )
    return tuple(Accepted(rule, given[rule], tuple(found)) for rule, found in sorted(by_rule.items()))


def tell(accepted: Iterable[Accepted]) -> list[str]:
    """Say of each rule that was accepted what was found, and why it was accepted."""
    return [f"Accepted: {found}; because: {each.because}" for each in accepted for found in each.found]
