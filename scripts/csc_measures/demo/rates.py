"""
Every number that calibrates the invented council, with the published figure that it is set to.

Published figures for Worcestershire (885) are from the Department for Education's Local Authority Interactive
Tool and its looked-after tables, year to 31 March 2025 unless said otherwise (Open Government Licence).
Where a council's own figure is not published, England's is used; the rest is judgement, and says so.
Distributions are quantiles: (share of cases, days).
"""

from __future__ import annotations

RESIDENTS = 120_119
"""Residents aged 0 to 17, Worcestershire, mid-2024 (ONS)."""

# --- the front door -----------------------------------------------------------------------------------------

SEASON = (1.03, 1.04, 1.10, 0.94, 1.05, 1.06, 1.06, 0.72, 1.02, 1.08, 1.10, 0.80)
"""Referrals by month: schools refer, so they dip in August, at Christmas and at Easter (judgement)."""
WEEKDAY = (1.08, 1.04, 1.02, 1.0, 1.02, 0.10, 0.07)
TREND_A_YEAR = 0.012
"""Growth of demand a year (England: referrals about level, assessments slowly up)."""

NEW_FAMILIES_A_YEAR = 2_330
"""Families new to social care a year; with those who return, about 5,300 referrals a year (440 per 10,000
residents; England 2025: 518)."""

PATHS = (
    "REFERRAL_NFA",
    "ASSESSED_CLOSED",
    "S47_CLOSED",
    "CIN",
    "S47_CIN",
    "S47_CP",
    "CIN_S47_CP",
    "CP_CARE",
    "CARE",
    "DISABILITY",
    "UASC",
)
"""How far a family's case goes."""
PATH_SHARES = (0.085, 0.256, 0.26, 0.137, 0.075, 0.083, 0.018, 0.0365, 0.0262, 0.030, 0.0)
PATH_SHARES_AFTER_CP = (0.04, 0.10, 0.06, 0.07, 0.04, 0.52, 0.09, 0.05, 0.03, 0.0, 0.0)
"""s47 enquiries about 189 per 10,000, conferences 59 (England); plans 43.5 per 10,000 at 31 March 2025."""
RETURN_SHARE = (0.42, 0.39, 0.40, 0.35, 0.36, 0.74, 0.74, 0.0, 0.0, 0.0, 0.0)
RETURN_GAP = ((0, 8), (0.2, 60), (0.5, 190), (0.7, 340), (0.9, 800), (1, 1600))
"""Re-referred within 12 months: 17.8%; plans after any earlier plan: 31.4%."""

CHILDREN_IN_FAMILY = (0.36, 0.33, 0.19, 0.08, 0.04)
INCLUDED_IN_CASE = 0.84

AGES = {
    "any": ((0, -140), (0.03, 0), (0.10, 300), (0.28, 1700), (0.55, 3500), (0.88, 5800), (1, 6500)),
    "CP_CARE": ((0, -120), (0.24, 0), (0.42, 200), (0.62, 1500), (0.84, 3300), (1, 5000)),
    "CARE": ((0, 0), (0.10, 300), (0.25, 2000), (0.5, 4300), (0.8, 5600), (1, 6350)),
    "DISABILITY": ((0, 700), (0.5, 2600), (1, 5500)),
    "UASC": ((0, 5200), (0.3, 5900), (1, 6480)),
}
"""Age of the first child at the referral, in days (DfE, characteristics of children in need 2025)."""

DECISION_WORKING_DAYS = ((0, 0), (0.55, 0.4), (0.6, 0.6), (0.93, 1.4), (0.94, 1.6), (0.98, 3), (1, 6))
ASSESSMENT_START = ((0, 0), (0.6, 1), (0.9, 2), (1, 5))
ASSESSMENT_WORKING_DAYS = (
    (0, 2), (0.08, 10), (0.3, 27), (0.5, 35), (0.75, 42), (0.893, 45.4), (0.95, 54), (1, 85),
)  # fmt: skip
"""88.6% within 45 working days (2025; 92.6% in 2024)."""
ASSESSMENT_WORKING_DAYS_TROUBLE = (
    (0, 10), (0.2, 34), (0.45, 44), (0.55, 45.4), (0.8, 60), (1, 95),
)  # fmt: skip
ASSESSMENT_WORKING_DAYS_BEFORE_TURNAROUND = (
    (0, 4), (0.25, 30), (0.55, 42), (0.74, 45.4), (0.92, 58), (1, 90),
)  # fmt: skip
TAKEN_OVER_BY_TEAM_IN_TROUBLE = 11
"""One family in eleven of the other locality teams, while a neighbour cannot take any (judgement)."""
HELD_UP_WORKING_DAYS = ((0, 0), (0.3, 8), (0.7, 30), (1, 40))
FIRST_VISIT_WORKING_DAYS = ((0, 0), (0.35, 1), (0.7, 3), (0.9, 5.4), (0.96, 9), (1, 16))
FIRST_VISIT_WORKING_DAYS_TROUBLE = ((0, 1), (0.3, 4), (0.6, 7), (1, 20))

PLAN_AFTER_ASSESSMENT = ((0, 0), (0.5, 4), (0.9, 10), (1, 28))
CLOSE_AFTER = ((0, 0), (0.6, 3), (1, 18))
PASSED_WHILE_ASSESSED = 0.05
STRATEGY_AFTER_ASSESSMENT_START = ((0, 0), (0.5, 1), (0.8, 8), (1, 25))
S47_WORKING_DAYS = ((0, 1), (0.3, 6), (0.7, 11), (0.95, 14), (1, 20))
ENQUIRY_DURING_PLAN = 0.09
ICPC_WORKING_DAYS = ((0, 7), (0.4, 12), (0.941, 15.4), (1, 24))
"""93.7% of conferences within 15 working days."""
S47_VISIT_HOURS = ((0, 1), (0.6, 26), (0.89, 70), (0.96, 120), (1, 200))
PLAN_AFTER_CONFERENCE = 0.86
"""Conferences that lead to a plan: 85.8% (England, plans over conferences)."""
ATTENDED_STRATEGY = {"POLICE": 0.97, "HEALTH": 0.88, "SCHOOL": 0.80}

# --- plans --------------------------------------------------------------------------------------------------

CP_PLAN_DAYS = ((0, 60), (0.12, 92), (0.42, 205), (0.73, 360), (0.92, 565), (0.965, 720), (1, 960))
"""522 children at 31 March 2025, 1.3% of them for two years or more."""
CP_TO_CIN = 0.72
CIN_PLAN_DAYS = ((0, 20), (0.25, 75), (0.5, 130), (0.8, 240), (0.95, 420), (1, 700))
CIN_AFTER_CP_DAYS = ((0, 30), (0.5, 95), (1, 260))
DISABILITY_DAYS = ((0, 300), (0.5, 1300), (1, 3600))
CP_REVIEW_LATE = 0.006
"""Children with all reviews in time: 99.2%."""
CP_CATEGORIES = (0.40, 0.08, 0.05, 0.42, 0.05)
"""Neglect, physical, sexual, emotional, multiple (England 2025)."""

# --- the workforce ------------------------------------------------------------------------------------------

AREAS = (
    "FAMILY_FRONT_DOOR",
    "LOCALITY",
    "PERMANENCY",
    "CHILDREN_WITH_DISABILITIES",
    "CARE_LEAVERS",
    "TARGETED_FAMILY_SUPPORT",
    "EARLY_HELP",
    "OTHER",
)
TEAMS = (5, 8, 5, 2, 2, 3, 3, 2)
"""Teams of each service area at the size of Worcestershire."""
ROLES = (
    "SOCIAL_WORKER",
    "SENIOR_SOCIAL_WORKER",
    "MANAGER",
    "PERSONAL_ADVISER",
    "FAMILY_WORKER",
    "OTHER",
)
POSTS = {
    "FAMILY_FRONT_DOOR": (6, 2, 1, 0, 0, 1),
    "LOCALITY": (11, 2, 1, 0, 1, 1),
    "PERMANENCY": (11, 2, 1, 0, 0, 1),
    "CHILDREN_WITH_DISABILITIES": (5, 1, 1, 0, 1, 1),
    "CARE_LEAVERS": (0, 0, 1, 14, 0, 1),
    "TARGETED_FAMILY_SUPPORT": (0, 0, 1, 0, 8, 1),
    "EARLY_HELP": (0, 0, 1, 0, 12, 1),
    "OTHER": (4, 2, 1, 0, 0, 3),
}
"""Posts of each team by role: 14.6 cases per full-time social worker (30 September 2025)."""
SPELL_KINDS = ("PERMANENT", "FIXED_TERM", "AGENCY", "INTERIM")
SPELL_SHARES_SOCIAL_WORK = (0.45, 0.05, 0.46, 0.04)
SPELL_SHARES_OTHERS = (0.88, 0.12, 0.0, 0.0)
SPELL_DAYS = (
    ((0, 250), (0.25, 1100), (0.5, 2000), (0.8, 3600), (1, 6000)),
    ((0, 180), (0.5, 365), (1, 730)),
    ((0, 40), (0.3, 120), (0.7, 320), (1, 760)),
    ((0, 60), (0.5, 150), (1, 330)),
)
"""Agency workers 11.1% of full-time equivalents; 12.3% of staff leave in a year (30 September 2025)."""
FIRST_SPELL_SHARES = (0.805, 0.045, 0.13, 0.02)
VACANCY_DAYS = ((0, 0), (0.5, 12), (0.8, 45), (1, 120))
INTERNAL_MOVES = 0.30
SUPERVISED = 0.90
SUPERVISED_IN_TROUBLE = 0.62

# --- care ---------------------------------------------------------------------------------------------------

UASC_A_YEAR = 42
"""Unaccompanied children: about one in twelve of those looked after (England 2025)."""
CARE_AFTER_PLAN = ((0, 5), (0.3, 60), (0.7, 180), (1, 400))
CARE_AFTER_REFERRAL = ((0, 0), (0.35, 3), (0.7, 20), (1, 60))
EXIT_SHARES = (
    (0.70, 0.12, 0.07, 0.01, 0.10),
    (0.34, 0.18, 0.18, 0.02, 0.28),
    (0.01, 0.13, 0.34, 0.04, 0.48),
    (0.0, 0.03, 0.40, 0.09, 0.48),
    (0.0, 0.0, 0.22, 0.18, 0.60),
)
"""How a period of care ends, by age at its start: under 18 months, 4, 9, 15, older (40 adoptions a year)."""
HOME_DAYS = ((0, 2), (0.2, 14), (0.5, 120), (0.8, 420), (1, 1300))
OTHER_DAYS = ((0, 5), (0.5, 150), (1, 700))
GUARDIANSHIP_DAYS = ((0, 120), (0.5, 330), (1, 900))
PROCEEDINGS_DAYS = ((0, 70), (0.2, 145), (0.42, 182), (0.7, 270), (1, 520))
PLACED_AFTER_ORDER_DAYS = ((0, 10), (0.5, 190), (0.9, 400), (1, 700))
ADOPTED_AFTER_PLACED_DAYS = ((0, 90), (0.5, 220), (1, 480))
BACK_IN_CARE = 0.32
BACK_IN_CARE_DAYS = ((0, 4), (0.5, 120), (0.8, 330), (1, 800))
COURT_SHARE = 0.62
"""Children who come into care without a child protection plan first, and for whom proceedings are issued."""
SHORT_BREAK_SHARE = 0.13

UNSETTLED = 0.125
"""Children (or groups) who move again and again."""
FIRST_PLACEMENT_DAYS = ((0, 0), (0.04, 1), (0.27, 40), (0.48, 110), (0.6, 300), (0.7, 900), (1, 4500))
NEXT_PLACEMENT_DAYS = ((0, 1), (0.08, 90), (0.17, 400), (0.3, 1200), (0.6, 2800), (1, 6000))
UNSETTLED_PLACEMENT_DAYS = ((0, 2), (0.35, 50), (0.7, 160), (0.9, 330), (1, 600))
"""Three or more placements in a year: 9%; in care 2.5 years and with the same carer for 2: 76%."""
PLACEMENTS = ("U6", "U3", "P1", "K2", "H5", "R3", "U5", "Z1", "R5")
PLACEMENT_SHARES = (
    (0.62, 0.18, 0.04, 0.0, 0.0, 0.06, 0.10, 0.0, 0.0),
    (0.68, 0.22, 0.08, 0.0, 0.0, 0.0, 0.02, 0.0, 0.0),
    (0.68, 0.18, 0.07, 0.07, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.60, 0.13, 0.05, 0.20, 0.0, 0.0, 0.0, 0.02, 0.0),
    (0.26, 0.07, 0.03, 0.18, 0.43, 0.0, 0.0, 0.02, 0.01),
)
"""Where children live, by age at the start of the placement (England 2025: 67% foster care)."""
MATCHED_LONG_TERM = 0.62
DISTANCE_TENTHS = ((0, 5), (0.4, 60), (0.62, 120), (0.80, 198), (0.87, 320), (1, 1200))
"""19% live more than 20 miles from home and outside the county."""
CONTACTS_ONLY_A_YEAR = 5_200
"""Contacts that led to no referral (judgement: about two in three contacts)."""

# --- looked after -------------------------------------------------------------------------------------------

REVIEW_LATE = 0.05
CARE_PLAN_DAYS = ((0, 2), (0.3, 9), (0.6, 16), (0.86, 27), (0.95, 45), (1, 120))
HEALTH_INTERVAL_DAYS = ((0, 300), (0.22, 350), (0.36, 364), (0.6, 500), (0.85, 680), (1, 940))
HEALTH_INTERVAL_YOUNG_DAYS = ((0, 140), (0.4, 172), (0.62, 183), (0.85, 250), (1, 420))
"""Health assessments up to date: 70% (2025; 75% in 2024)."""
DENTAL_INTERVAL_DAYS = ((0, 165), (0.32, 245), (0.53, 345), (0.74, 500), (1, 1000))
"""Dental check in the year: 74%."""
IMMUNISED = 0.91
"""Immunisations up to date: 88%."""
SDQ_INTERVAL_DAYS = ((0, 280), (0.28, 330), (0.55, 362), (0.8, 430), (1, 840))
SDQ_SCORE = ((0, 2), (0.2, 9), (0.4, 13.4), (0.6, 17.8), (0.8, 22.8), (1, 34))
"""SDQ score received: 82%; mean 15.2."""
GOES_MISSING = 0.17
"""Children over 12 in a period of care who go missing: about 6% of all looked after in a year (2025)."""
MISSING_FROM_HOME_A_YEAR = 330

# --- leaving care -------------------------------------------------------------------------------------------

IN_TOUCH = ("YES", "NO", "REFU", "NREQ", "RHOM", "DIED")
IN_TOUCH_SHARES = (0.946, 0.029, 0.011, 0.006, 0.006, 0.002)
"""Not in touch: 5% of those aged 19 to 21."""
ACCOMMODATION = ("B", "C", "D", "E", "K", "U", "Y", "Z", "T", "S", "X", "W", "G", "R", "0")
ACCOMMODATION_SHARES = (14, 2, 18, 6, 9, 27, 3, 14.5, 2, 0.5, 0.8, 0.2, 0.6, 1.2, 0.2)
UNSUITABLE = 0.004
"""Suitable accommodation: 96%."""
ACTIVITY = ("F1", "P1", "F2", "P2", "F4", "F5", "P5", "G4", "G5", "G6", "0")
ACTIVITY_SHARES = (6.5, 0.5, 18.5, 2, 4, 20.5, 4, 14, 20, 8, 2)
"""In education, employment or training: 54%."""

# --- early help and targeted family support -----------------------------------------------------------------

SUPPORT_FAMILIES_A_YEAR = 560
SUPPORT_DAYS = (
    ((0, 20), (0.25, 90), (0.5, 165), (0.8, 270), (0.93, 365), (1, 620)),
    ((0, 14), (0.3, 75), (0.6, 150), (0.9, 260), (1, 420)),
)
STEP_UP = 0.11
SUPPORT_AGAIN = 0.22

# --- quality, voice -----------------------------------------------------------------------------------------

AUDITS_A_YEAR = 620
COMPLAINTS_A_YEAR = 165
COMPLIMENTS_A_YEAR = 310
QUESTIONNAIRES_A_YEAR = 900
ACTIVITIES_A_YEAR = 70
EVIDENCE_A_YEAR = 62
"""All judgement: about what councils of this size report."""
CONTACT_OUTCOME_SHARES = (0.06, 0.03, 0.42, 0.003, 0.008, 0.41, 0.045, 0.009, 0.015)
"""What contacts come to that are no referral: existing referral, s47, nothing, adoption, private fostering,
advice, missing, another authority's plan, other."""
