"""
Write small invented CIN census returns and Annex A workbooks, in the shapes of several years, for the tests.

Nothing of it is real: ids are numbers, no name and no postcode stands there.
"""

# ruff: noqa: E501 - a row of a list stands on one line

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

# A return as it was before CIN plans were collected, with what has gone since, a namespace and dates with a zone.
CENSUS_2014 = """<?xml version="1.0" encoding="windows-1252"?>
<n:Message xmlns:n="urn:invented"><n:Header><n:CollectionDetails>
<n:Collection>CIN</n:Collection><n:Year>2014</n:Year><n:ReferenceDate>2014-03-31</n:ReferenceDate>
</n:CollectionDetails></n:Header><n:Children>
<n:Child><n:ChildIdentifiers><n:LAchildID>1</n:LAchildID><n:PersonBirthDate>2005-05-05Z</n:PersonBirthDate>
<n:GenderCurrent>2</n:GenderCurrent></n:ChildIdentifiers>
<n:ChildCharacteristics><n:Ethnicity>WBRI</n:Ethnicity></n:ChildCharacteristics>
<n:CINdetails><n:CINreferralDate>2013-06-03</n:CINreferralDate><n:ReferralSource>6</n:ReferralSource>
<n:Assessments><n:AssessmentActualStartDate>2013-06-04</n:AssessmentActualStartDate>
<n:AssessmentInternalReviewDate>2013-06-20</n:AssessmentInternalReviewDate>
<n:AssessmentAuthorisationDate>2013-07-15</n:AssessmentAuthorisationDate></n:Assessments>
<n:Section47><n:S47ActualStartDate>2013-06-10</n:S47ActualStartDate>
<n:InitialCPCtarget>2013-07-01</n:InitialCPCtarget><n:DateOfInitialCPC>2013-06-28</n:DateOfInitialCPC>
<n:ICPCnotRequired>false</n:ICPCnotRequired></n:Section47>
<n:ReferralNFA>false</n:ReferralNFA>
<n:ChildProtectionPlans><n:CPPstartDate>2013-06-28</n:CPPstartDate>
<n:InitialCategoryOfAbuse>NEG</n:InitialCategoryOfAbuse><n:LatestCategoryOfAbuse>EMO</n:LatestCategoryOfAbuse>
<n:NumberOfPreviousCPP>0</n:NumberOfPreviousCPP><n:SeenSocialWorker>1</n:SeenSocialWorker>
<n:Reviews><n:CPPreviewDate>2013-09-20</n:CPPreviewDate><n:CPPreviewDate>2014-02-28</n:CPPreviewDate></n:Reviews>
</n:ChildProtectionPlans></n:CINdetails></n:Child>
<n:Child><n:ChildIdentifiers><n:LAchildID>2</n:LAchildID><n:ExpectedPersonBirthDate>2014-05-01</n:ExpectedPersonBirthDate>
<n:GenderCurrent>0</n:GenderCurrent></n:ChildIdentifiers>
<n:CINdetails><n:CINreferralDate>2014-03-03</n:CINreferralDate><n:ReferralNFA>1</n:ReferralNFA>
<n:CoreAssessment>yes</n:CoreAssessment></n:CINdetails></n:Child>
</n:Children></n:Message>
"""
# The same council a year later: child 1 has left the plan, child 2 is told no more, child 3 is new.
CENSUS_2015 = """<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2015</Year>
<ReferenceDate>2015-03-31</ReferenceDate></CollectionDetails></Header><Children>
<Child><ChildIdentifiers><LAchildID>1</LAchildID><PersonBirthDate>2005-05-05</PersonBirthDate><Sex>F</Sex>
</ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity><Disabilities><Disability>LD</Disability>
<Disability>AUT</Disability></Disabilities></ChildCharacteristics>
<CINdetails><CINreferralDate>2013-06-03</CINreferralDate><ReferralSource>6</ReferralSource>
<CINclosureDate>2014-10-31</CINclosureDate><ReasonForClosure>RC7</ReasonForClosure><ReferralNFA>0</ReferralNFA>
<CINPlanDates><CINPlanStartDate>2014-06-28</CINPlanStartDate><CINPlanEndDate>2014-10-31</CINPlanEndDate></CINPlanDates>
<ChildProtectionPlans><CPPstartDate>2013-06-28</CPPstartDate><CPPendDate>2014-06-28</CPPendDate>
<InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse>
<NumberOfPreviousCPP>0</NumberOfPreviousCPP><Reviews><CPPreviewDate>2014-06-20</CPPreviewDate></Reviews>
</ChildProtectionPlans></CINdetails></Child>
<Child><ChildIdentifiers><LAchildID>3</LAchildID><PersonBirthDate>2010-01-31</PersonBirthDate><Sex>M</Sex>
</ChildIdentifiers><ChildCharacteristics><Ethnicity>APKN</Ethnicity></ChildCharacteristics>
<CINdetails><CINreferralDate>2014-11-03</CINreferralDate><DateOfInitialCPC>2014-11-20</DateOfInitialCPC>
<Assessments><AssessmentActualStartDate>2014-11-04</AssessmentActualStartDate><FactorsIdentifiedAtAssessment>
<AssessmentFactors>3B</AssessmentFactors><AssessmentFactors>16A</AssessmentFactors></FactorsIdentifiedAtAssessment>
</Assessments><Section47><S47ActualStartDate>2014-11-05</S47ActualStartDate><ICPCnotRequired>1</ICPCnotRequired>
</Section47><Section47><S47ActualStartDate>2014-11-05</S47ActualStartDate><ICPCnotRequired>0</ICPCnotRequired>
</Section47><ReferralNFA>0</ReferralNFA></CINdetails></Child></Children></Message>
"""

PERSON = ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age of Child (Years)"]
Rows = list[list[Any]]


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Sheets by number, dates as dates, codes with their letters, headings in the first row.
LETTERED: dict[str, Rows] = {
    "List 1": [
        [*PERSON, "Date of Contact", "Contact Source"],
        [11, "a) Male", "a) WBRI", _day("2012-05-01"), 8, _day("2020-11-02"), "q) 6: Police"],
        [12, "b) Female", "k) APKN", _day("2015-02-28"), 5, _day("2020-12-01"), "e) 2A: Schools"],
    ],
    "List 3": [
        [*PERSON, "Date of referral", "Referral Source", "Referral NFA?", "Number of Referrals in Last 12 Months"],
        [11, "a) Male", "a) WBRI", _day("2012-05-01"), 8, _day("2020-11-02"), "q) 6: Police", "b) No", 0],
        [12, "b) Female", "k) APKN", _day("2015-02-28"), 5, _day("2020-12-01"), "e) 2A: Schools", "a) Yes", 1],
        [13, "c) Not stated/recorded", "s) NOBT", None, None, _day("2021-01-04"), "m) 4: Housing", "No", 0],
    ],
    "List 6": [
        [*PERSON, "CIN Start Date", "Primary Need Code", "CIN Closure Date", "Reason for Closure", "Case Status"],
        [11, "a) Male", "a) WBRI", _day("2012-05-01"), 8, _day("2020-11-02"), "N1 - Abuse or neglect", None, None, "b)"],
        [13, "U", "s) NOBT", None, None, _day("2021-01-06"), "N4", _day("2021-02-26"), "RC8 - Case closed", "e)"],
        [14, "M", "WBRI", _day("2006-06-06"), 14, _day("2019-03-04"), "N5", None, None, "a)"],
    ],
    "List 8": [
        [*PERSON, "Does the Child have a Disability", "Date Started to be Looked After", "Child's Category of Need",
         "Start date of current legal status", "Child's Legal Status", "Date Ceased to be Looked After",
         "Reason Ceased to be Looked After", "Start Date of Most Recent Placement", "Placement Type",
         "Placement Provider", "Date of Last Dental Check"],
        [14, "M", "WBRI", _day("2006-06-06"), 14, "b) No", _day("2019-03-11"), "N5", _day("2019-09-02"), "C2: FCO",
         None, None, _day("2020-07-01"), "f) U6: Foster placement - not FFA", "b) PR1: Own provision", _day("2020-08-01")],
        [15, "F", "WBRI", _day("2010-10-10"), 10, "a) Yes", _day("2020-02-03"), "N1", _day("2020-02-03"), "V2",
         _day("2021-03-12"), "e) E4A: Returned home", _day("2020-02-03"), "U1", "PR0", None],
    ],
}  # fmt: skip
# Sheets by title, headings below a banner with a blank column, dates as texts and serial numbers, codes bare.
TITLED: dict[str, Rows] = {
    "Assessments": [
        ["Assessments in the last six months"],
        [],
        [None, "Child ID", "Sex", "Ethnicity", "DOB", "Single Assessment Start Date",
         "Single Assessment Date of Authorisation", "Child seen during single assessment",
         "Was the child assessed as requiring LA children's social care support?", "Local note"],
        [None, "21", "Female", "White British", "5/6/2011", "16 September 2020", "30-Sep-2020", True, "Y", "a note"],
        [None, "22", "1", "AIND", "05/06/2011", 44_105, "18.11.2020", "1", "No", None],
        [None, "22", "1", "AIND", "05/06/2011", "44105 or so", None, "Unknown", "maybe", None],
        [None, None, "1", "AIND", "05/06/2011", "01/10/2020", None, None, None, None],
    ],
    "S47 and conferences": [
        ["Child Unique ID", "Sex", "Section 47 enquiry start date",
         "Was an Initial Child Protection Conference deemed unnecessary?",
         "Date of Initial Child Protection Conference",
         "Did the Initial Child Protection Conference Result in a Child Protection Plan"],
        ["21", "F", date(2020, 9, 28), "N", date(2020, 11, 2), "Y"],
        ["22", "M", date(2020, 10, 5), "TRUE", None, "#N/A"],
    ],
    "CP plans": [
        ["Child Unique ID", "Sex", "Child Protection Plan Start Date", "Initial Category of Abuse",
         "Latest Category of Abuse", "Date of the Last Statutory Visit", "Was the Child Seen Alone?",
         "Date of latest review conference", "Child Protection Plan End Date"],
        ["21", "F", "2020-11-02", "Neglect", "a) Neglect", "2021-02-20", "No", "2021-01-29", None],
    ],
    "Notes": [["Made by the performance team"]],
}  # fmt: skip
# How the lists have been headed, by the list and the columns that they are known by.
HEADED = {
    "List 2": "ChildUniqueID Gender AssessmentStartDate AssessmentCompletionDate OrganisationCompletingAssessment",
    "List 4": "ChildUniqueID HasDisability ContinuousAssessmentStart ContinuousAssessmentAuthDate CSCSupportRequired",
    "List 5": "ChildUniqueID StratDiscussionDate InitialCPConfUnnecessary InitialCPConfDate CPConfResultInCPPlan",
    "List 6": "ChildUniqueID CINStartDate PrimaryNeedCode DateChildLastSeen CINClosureDate ReasonForClosure",
    "List 7": "ChildUniqueID ChildProtectionPlanStartDate DateOfLatestReviewConf ProtectionLastSixMonths",
    "List 8": "ChildUniqueID UASC LoookedAfterStartDate MostRecentLegalStatusStart LegalStatus LastIROVisitDate",
    "List 9": "PersonID EligibilityCategory LAInTouch TypeOfAccommodation SuitabilityOfAccommodation",
    "List 10": "LAchildID DateOfPlacementOrder DatePlacedForAdoption DateOfAdoptionOrder",
}


def write_census(folder: Path, **texts: str) -> Path:
    """Write census returns by name into a folder, and give it; a declared encoding is the file's."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.xml").write_bytes(text.encode("cp1252" if "windows-1252" in text else "utf-8"))
    return folder


def write_workbook(path: Path, sheets: dict[str, Rows]) -> Path:
    """Write a workbook of these sheets, and give its path."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path
