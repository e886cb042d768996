"""
What the modules of a CIN census return hold, from the census of 2013 to that of 2026.

Modules have come (CINPlanDates, pre-proceedings), elements have gone (SeenSocialWorker) or have another name
now (the census of 2025 has Sex for GenderCurrent). None has changed its meaning, so one description serves
every year, and what is not in it is told. Source: DfE, Children in need census, guides and specifications.
"""

from functools import cache

from csc_measures.contract.extracts import Column
from csc_measures.landing.values import Reader
from csc_measures.returns.rows import readers_of

CHILD = "LAchildID"
# The elements of each module, and for each the type or the code list of its values.
TABLES: dict[str, dict[str, str]] = {
    "Child": {
        CHILD: "id",
        "UPN": "id",
        "UPNunknown": "upn_unknown",
        "PersonBirthDate": "date",
        "ExpectedPersonBirthDate": "date",
        "Sex": "sex",
        "PersonDeathDate": "date",
        "Ethnicity": "ethnicity",
    },
    "Disability": {CHILD: "id", "Disability": "disability"},
    "CINdetails": {
        CHILD: "id",
        "CINreferralDate": "date",
        "ReferralSource": "referral_source",
        "PrimaryNeedCode": "primary_need",
        "CINclosureDate": "date",
        "ReasonForClosure": "cin_close_reason",
        "DateOfInitialCPC": "date",
        "ReferralNFA": "yes_no",
    },
    "Assessments": {
        CHILD: "id",
        "AssessmentActualStartDate": "date",
        "AssessmentAuthorisationDate": "date",
    },
    "AssessmentFactors": {CHILD: "id", "AssessmentFactors": "assessment_factors"},
    "CINPlanDates": {CHILD: "id", "CINPlanStartDate": "date", "CINPlanEndDate": "date"},
    "Section47": {
        CHILD: "id",
        "S47ActualStartDate": "date",
        "InitialCPCtarget": "date",
        "DateOfInitialCPC": "date",
        "ICPCnotRequired": "yes_no",
    },
    "ChildProtectionPlans": {
        CHILD: "id",
        "CPPstartDate": "date",
        "CPPendDate": "date",
        "InitialCategoryOfAbuse": "abuse_category",
        "LatestCategoryOfAbuse": "abuse_category",
    },
    "CPPreviewDate": {CHILD: "id", "CPPreviewDate": "date"},
}
# Elements of which each is a row of its own.
ROWS_OF_ONE = ("Disability", "AssessmentFactors", "CPPreviewDate")
# Elements that only hold others, which belong to the module around them.
WRAPPERS = (
    "ChildIdentifiers",
    "ChildCharacteristics",
    "Disabilities",
    "FactorsIdentifiedAtAssessment",
    "Reviews",
)
NOT_NEEDED = (
    "FormerUPN",
    "AssessmentInternalReviewDate",
    "NumberOfPreviousCPP",
    "SeenSocialWorker",
    "PreProceedingsandFGDM",
)
OTHER_NAMES = {"gendercurrent": "Sex", "gender": "Sex", "persongendercurrent": "Sex"}
NAMES = {
    name.lower(): name
    for names in (*map(tuple, TABLES.values()), tuple(TABLES), WRAPPERS, NOT_NEEDED)
    for name in names
} | OTHER_NAMES
# What a row is known by besides the child: without it the row stands for nothing.
KNOWN_BY = {
    "Disability": "Disability",
    "CINdetails": "CINreferralDate",
    "Assessments": "AssessmentActualStartDate",
    "AssessmentFactors": "AssessmentFactors",
    "CINPlanDates": "CINPlanStartDate",
    "Section47": "S47ActualStartDate",
    "ChildProtectionPlans": "CPPstartDate",
    "CPPreviewDate": "CPPreviewDate",
}
ENDS = {
    "CINdetails": "CINclosureDate",
    "Assessments": "AssessmentAuthorisationDate",
    "CINPlanDates": "CINPlanEndDate",
    "ChildProtectionPlans": "CPPendDate",
}
SEX_OF_GENDER = {"0": "U", "1": "M", "2": "F", "9": "U"}  # 0 not recorded or unborn, 9 indeterminate
LENGTH_OF_A_DATE = 10


def known_by(table: str) -> tuple[str, str]:
    """Give the elements that a row is known by: the child, and the date or code of what has one."""
    return CHILD, KNOWN_BY.get(table, CHILD)


@cache
def readers(table: str) -> dict[str, Reader]:
    """Give the reader of each element of a module."""
    return readers_of(TABLES[table], "cin", _spelt)


def _spelt(column: Column, read: Reader) -> Reader:
    """Let landing's reader know the spellings of XML: a date with a time zone, gender as a number."""
    if column.code_set == "sex":
        return lambda text: read(SEX_OF_GENDER.get(text, text))
    if column.type == "date":
        return lambda text: read(text[:LENGTH_OF_A_DATE] if _is_day_with_zone(text) else text)
    return read


def _is_day_with_zone(text: str) -> bool:
    return text[LENGTH_OF_A_DATE:] == "Z" or text[LENGTH_OF_A_DATE:][:1] in ("+", "-")
