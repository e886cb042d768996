"""
What the lists of Annex A hold, by their columns as the frameworks since 2013 have headed them.

A column is known by a pattern of its heading, in small letters and without signs, so that other wordings of
the same are known too; a list is known by the columns that it has. Source: Ofsted, child-level data for the
inspection of local authority children's services (Annex A), with its guidance.
"""

# ruff: noqa: E501 - a pattern stands on one line

import re
from dataclasses import dataclass
from functools import cache

from csc_measures.contract.extracts import Code, Column, read_contract
from csc_measures.landing.values import Reader
from csc_measures.returns.rows import readers_of

CHILD = "child"


@dataclass(frozen=True)
class Heading:
    """A column of a list: the type or code list of its values, and the pattern of its heading."""

    kind: str
    pattern: str


COMMON = {
    CHILD: Heading(
        "id",
        r"(la )?((child|young person|person|client|service user)( s)? )?(unique )?(id|identifier|reference)( number)?|l achild id",
    ),
    "sex": Heading("sex", r"(child )?(s )?(gender|sex)( of (the )?child)?"),
    "ethnicity": Heading("ethnicity", r"ethnicity|ethnic (group|origin|background)"),
    "dob": Heading("date", r"(child )?(s )?(date of birth|dob|birth date)( or expected.*)?"),
}
DISABILITY = {
    "disability": Heading(
        "yes_no", r"(does|is) the child (have a disability|disabled).*|(has )?disability|disabled"
    )
}
LISTS: dict[str, dict[str, Heading]] = {
    "List 1": COMMON
    | {
        "contact_date": Heading("date", r"date of (the )?contact|contact (received )?date|date contact.*"),
        "contact_source": Heading("referral_source", r"(contact source|source of (the )?contact)"),
    },
    "List 2": COMMON
    | {
        "assessment_start": Heading("date", r"(early help )?assessment start( date)?|date assessment started"),
        "assessment_end": Heading("date", r"(early help )?assessment (completion|completed|end)( date)?|date assessment completed"),
        "organisation": Heading("not_needed", r"organi[sz]ation completing (the )?assessment"),
    },
    "List 3": COMMON
    | {
        "referral_date": Heading("date", r"(date of (the )?referral|referral date|date referral received)"),
        "referral_source": Heading("referral_source", r"(referral source|source of (the )?referral)"),
        "referral_nfa": Heading("yes_no", r"referral nfa|(did the )?referral (result in )?no further action.*"),
        "referrals": Heading("not_needed", r"number of referrals.*|referrals.* last 12 months"),
    },
    "List 4": COMMON
    | DISABILITY
    | {
        "assessment_start": Heading("date", r"((continuous|single|c f|social work) )?assessment (actual )?start( date)?"),
        "seen": Heading("yes_no", r"(was the )?child seen (during|in|at).*assessment|.*assessment child seen"),
        "assessment_authorised": Heading("date", r"((continuous|single|c f|social work) )?assessment (date of authori[sz]ation|auth(ori[sz]ation|ori[sz]ed)? date|(completion|completed|end) date)|date of authori[sz]ation.*"),
        "needs_support": Heading("yes_no", r"was the child assessed as requiring.*|(csc )?support required"),
    },
    "List 5": COMMON
    | DISABILITY
    | {
        "s47_start": Heading("date", r"(strategy discussion|strat discussion).*|(date of )?(section 47|s47)( enquiry)?( actual)? start( date)?"),
        "conference_unnecessary": Heading(
            "yes_no", r"was an? (initial child protection conference|icpc) (deemed )?(unnecessary|not required)|(initial cp conf|icpc) (not required|unnecessary)"
        ),
        "conference_date": Heading("date", r"date of (the )?(initial child protection conference|icpc)|(initial cp conf|icpc) date"),
        "conference_plan": Heading(
            "yes_no", r"did the (initial child protection conference|icpc) result in a (child protection plan|cpp).*|cp conf result in cp plan"
        ),
        "enquiries": Heading("not_needed", r"number (of )?(section 47|s47).*"),
        "conferences": Heading("not_needed", r"number (of )?(icp cs|icpcs?|initial child protection conferences).*"),
    },
    "List 6": COMMON
    | DISABILITY
    | {
        "cin_start": Heading("date", r"(cin|child in need|children in need) start( date)?|date of cin start"),
        "need": Heading("primary_need", r"(cin )?primary need( code)?|(child s )?category of need( code)?"),
        "last_seen": Heading("not_needed", r"date (the )?child (was )?last seen|date last seen"),
        "cin_end": Heading("date", r"(cin|child in need|case) (closure|end|closed)( date)?|date of (case )?closure"),
        "cin_reason": Heading("cin_close_reason", r"reason for (case )?closure|closure reason"),
        "case_status": Heading("not_needed", r"case status"),
    },
    "List 7": COMMON
    | DISABILITY
    | {
        "plan_start": Heading("date", r"(child protection plan|cp plan|cpp) start( date)?"),
        "first_category": Heading("abuse_category", r"initial category of abuse"),
        "category": Heading("abuse_category", r"(latest|current) category of abuse"),
        "visit": Heading("date", r"date of (the )?(last|latest) (statutory|cp|child protection) visit"),
        "visit_alone": Heading("yes_no", r"(was the )?child seen alone.*"),
        "review": Heading("date", r"date of (the )?(latest|last) review( child protection)? conf(erence)?"),
        "plan_end": Heading("date", r"(child protection plan|cp plan|cpp) end( date)?"),
        "emergency": Heading("not_needed", r"subject to (an )?emergency protection order.*|protection last six months"),
        "plans": Heading("not_needed", r"(sum of )?number of previous child protection plans.*"),
    },
    "List 8": COMMON
    | DISABILITY
    | {
        "unaccompanied": Heading("yes_no", r"unaccompanied asylum seeking child.*|uasc.*"),
        "care_start": Heading("date", r"date (the child )?started to be looked after.*|looo?ked after start date"),
        "need": Heading("primary_need", r"(child s )?category of need"),
        "again": Heading("yes_no", r"is this a second or subsequent period.*|subsequent lac episode.*"),
        "status_start": Heading("date", r"start date of (the )?(current|latest|most recent) legal status|most recent legal status start( date)?"),
        "status": Heading("legal_status", r"(child s )?(current )?legal status"),
        "review": Heading("date", r"date of (the )?(latest|last) (statutory|looked after|lac|cla) review|latest statutory review date"),
        "visit": Heading("date", r"date of (the )?(last|latest) social work(er)? visit|last social work visit date"),
        "permanence_plan": Heading("not_needed", r"what is the permanence plan.*|permanence plan"),
        "iro_visit": Heading("date", r"date of (the )?(last|latest) iro visit.*|last iro visit date"),
        "health": Heading("date", r"date of (the )?(last|latest) health assessment|last health assessment date"),
        "dental": Heading("date", r"date of (the )?(last|latest) dental check|last dental check date"),
        "placements": Heading("not_needed", r"number of placements.*|placements last 12 months"),
        "care_end": Heading("date", r"date ceased to be looked after|ceased looked after date"),
        "care_reason": Heading("rec", r"reason ceased (to be )?looked after"),
        "placement_start": Heading("date", r"start date of (the )?(most recent|latest|current) placement|most recent placement start date"),
        "placement": Heading("placement_type", r"placement type"),
        "provider": Heading("placement_provider", r"placement provider"),
        "postcode": Heading("text", r"placement postcode|postcode of placement"),
        "urn": Heading("id", r"(urn of placement|placement urn)"),
        "location": Heading("not_needed", r"placement location"),
        "placement_la": Heading("not_needed", r"la of placement|placement la"),
        "missing": Heading("not_needed", r"number of (episodes|times) the child has been missing.*|episodes child missing.*"),
        "absent": Heading("not_needed", r"number of (episodes|times) the child has been (absent|away).*|episodes child absent.*"),
        "interview_offered": Heading("not_needed", r"(was the )?child offered (a )?return.*interview.*"),
        "interview_accepted": Heading("not_needed", r"(did the )?child accept(ed)? (a )?return.*interview.*"),
    },
    "List 9": COMMON
    | DISABILITY
    | {
        "unaccompanied": Heading("not_needed", r"unaccompanied asylum seeking child.*|uasc.*"),
        "adviser": Heading("not_needed", r"allocated personal advis[eo]r"),
        "eligibility": Heading("cl_eligibility", r"eligib\w+ category"),
        "pathway_review": Heading("date", r"(date of )?latest pathway plan( review)?( date)?"),
        "in_touch": Heading("oc3_in_touch", r"la in touch.*"),
        "contact": Heading("date", r"latest( date of)? contact( date)?|date of (the )?(latest|last) contact"),
        "accommodation": Heading("oc3_accom", r"type of accom\w+"),
        "suitable": Heading("oc3_accom_suitability", r"suitability of accom\w+"),
        "activity": Heading("oc3_activ", r"activity status"),
    },
    "List 10": COMMON
    | DISABILITY
    | {
        "family": Heading("not_needed", r"family (identifier|id)"),
        "care_start": Heading("date", r"date (the )?child entered care"),
        "decision": Heading("date", r"date of (the )?decision that (the )?child should be placed for adoption"),
        "placement_order": Heading("date", r"date of (the )?placement order"),
        "matched": Heading("date", r"date of matching (the )?child and prospective adopters?"),
        "placed": Heading("date", r"date (the child was )?placed for adoption"),
        "order": Heading("date", r"date of (the )?adoption order"),
        "reversed": Heading("date", r"date of (the )?decision that (the )?child should no longer be placed for adoption"),
        "reversed_reason": Heading("adoption_reversed_reason", r"reason why (the )?child (is )?no longer placed for adoption"),
        "fostered": Heading("date", r"date the child was placed for fostering.*"),
    },
    "List 11": {
        "adopter": Heading("not_needed", r"individual adopter (identifier|id)"),
        "stage_1": Heading("not_needed", r"date stage 1 started"),
        "enquiry": Heading("not_needed", r"date enquiry received"),
    },
}  # fmt: skip
EVERYWHERE = {
    "age": Heading("not_needed", r"age( of (the )?child)?( years)?( at .*)?"),
    "team": Heading("not_needed", r"allocated team"),
    "worker": Heading("not_needed", r"allocated (social )?worker"),
}
ADOPTERS = "List 11"
# What a row is known by besides the child: without it the row stands for nothing.
KNOWN_BY = {
    "List 1": "contact_date",
    "List 2": "assessment_start",
    "List 3": "referral_date",
    "List 4": "assessment_start",
    "List 5": "s47_start",
    "List 6": "cin_start",
    "List 7": "plan_start",
    "List 8": "care_start",
    "List 9": CHILD,
    "List 10": CHILD,
}
LONGEST_HEADING = 200
JOINED = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
)  # between words of DateOfBirth, CINStartDate
LETTERED = re.compile(r"^\(?[a-z]{1,2}\d?\)\s*")
SEPARATOR = re.compile(r"\s*[:\u2013\u2014]\s*|\s+-\s*|\s*-\s+")  # between a code and what it means
# What else a value may be called, in small letters and without signs, by code list.
SPELT = {
    "sex": {"a": "M", "b": "F", "c": "U", "d": "U", "1": "M", "2": "F", "0": "U", "9": "U"},
    "yes_no": {"a": "Y", "b": "N"},
    "abuse_category": {"a": "NEG", "b": "PHY", "c": "SAB", "d": "EMO", "e": "MUL"},
    "cl_eligibility": {
        "a": "Relevant", "relevant child": "Relevant",
        "b": "Former Relevant", "former relevant child": "Former Relevant",
        "c": "Qualifying", "qualifying care leaver": "Qualifying",
        "d": "Eligible", "eligible child": "Eligible",
    },
    "ethnicity": {
        "any other white background": "WOTH", "any other mixed background": "MOTH", "any other asian background": "AOTH",
        "any other black background": "BOTH", "any other ethnic group": "OOTH", "caribbean": "BCRB", "african": "BAFR",
        "gypsy roma": "WROM", "gypsy": "WROM", "roma": "WROM", "information not yet obtained": "NOBT", "not obtained": "NOBT",
        "not known": "NOBT", "unknown": "NOBT", "not recorded": "NOBT", "information refused": "REFU",
    },
    "oc3_in_touch": {
        "a": "YES", "y": "YES", "b": "NO", "n": "NO", "c": "DIED", "died": "DIED", "d": "REFU", "refused": "REFU",
        "e": "NREQ", "not required": "NREQ", "f": "RHOM", "returned home": "RHOM",
    },
    "oc3_accom_suitability": {"a": "1", "suitable": "1", "b": "2", "unsuitable": "2", "not suitable": "2"},
    "legal_status": {
        "ico": "C1", "fco": "C2", "interim care order": "C1", "full care order": "C2", "placement order": "E1",
        "s20": "V2", "section 20": "V2", "single period under s20": "V2", "epo": "L2",
    },
}  # fmt: skip
SEX_WORDS = (
    "not stated",
    "not recorded",
    "not known",
    "unknown",
    "unborn",
    "neither",
    "indeterminate",
    "other",
)
NOT_KNOWN = (
    "unknown",
    "not known",
    "not recorded",
    "not applicable",
    "n a",
    "na",
    "none",
    "c",
    "unknown not recorded",
)
ANSWERS = {"yes": "Y", "no": "N", "y": "Y", "n": "N", "true": "Y", "false": "N", "1": "Y", "0": "N"}


def plain(text: str) -> str:
    """Write a heading or a value in small letters, words apart by one space and without signs."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def words_of(heading: str) -> str:
    """Write a heading plainly, one in ThisManner too."""
    return plain(JOINED.sub(" ", heading))


def known_by(table: str) -> tuple[str, str]:
    """Give the columns that a row is known by: the child, and the date of what has one."""
    return CHILD, KNOWN_BY[table]


def columns_of(table: str, headings: list[str]) -> dict[int, str]:
    """
    Say which column of a list each heading stands for, by its place; the first of two of a kind counts.

    What is not known is left out.
    """
    found: dict[int, str] = {}
    for place, heading in enumerate(map(words_of, headings)):
        for name, described in (LISTS[table] | EVERYWHERE).items():
            if (
                0 < len(heading) <= LONGEST_HEADING
                and name not in found.values()
                and re.fullmatch(described.pattern, heading)
            ):
                found[place] = name
                break
    return found


@cache
def readers(table: str) -> dict[str, Reader]:
    """Give the reader of each column of a list."""
    kinds = {name: described.kind for name, described in LISTS[table].items()}
    return readers_of(kinds, "annex_a", _spelt)


def _spelt(column: Column, read: Reader) -> Reader:
    """Let landing's reader know how the lists spell a value: `a) Yes`, `q) 6: Police`, `N1 - Abuse or neglect`."""
    if column.type == "yes_no":
        return _read_answer(read)
    if column.code_set:
        codes = read_contract().codes[column.code_set]
        return _read_code(read, column.code_set, codes)
    return read


def _read_answer(read: Reader) -> Reader:
    def read_answer(text: str) -> tuple[object | None, str | None]:
        bare = plain(LETTERED.sub("", text)) or plain(text)
        if bare in ANSWERS:
            return read(ANSWERS[bare])
        if bare in NOT_KNOWN:
            return None, None
        return read(SPELT["yes_no"].get(bare, text))

    return read_answer


def _read_code(read: Reader, code_set: str, codes: tuple[Code, ...]) -> Reader:
    """Try the value without its letter, what stands before and after a colon or dash, and its first word."""
    spelt = SPELT.get(code_set, {})
    known = {code.code.casefold() for code in codes}

    def read_code(text: str) -> tuple[object | None, str | None]:
        bare = LETTERED.sub("", text).strip().replace("&", "and") or text.strip(" ()")
        parts = SEPARATOR.split(bare, maxsplit=1)
        word = bare.split()[0] if bare.split() else ""
        for candidate in (bare, *parts, *([word] if word.casefold() in known else [])):
            value, rule = read(spelt.get(plain(candidate), candidate))
            if rule is None:
                return value, None
        if code_set == "sex" and plain(bare).startswith(SEX_WORDS):
            return read("U")
        return read(bare)

    return read_code
