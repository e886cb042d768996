-- Pupils at the end of a key stage and what they had from social care on the 31 March of the academic year:
-- one row per academic year and pupil.
with pupils as (
    select distinct
        results.academic_year,
        results.person_id,
        years.cohort_on,
        years.twelve_months_from
    from {{ ref('stg_education__attainment') }} as results
    inner join {{ ref('academic_years') }} as years using (academic_year)
    where results.person_id is not null and results.key_stage in (2, 4)
),

on_short_breaks as (
    select distinct
        pupils.academic_year,
        pupils.person_id
    from pupils
    inner join {{ ref('legal_status_spells') }} as statuses
        on pupils.person_id = statuses.person_id
        and pupils.cohort_on >= statuses.started_on
        and pupils.twelve_months_from < coalesce(statuses.ended_on, {{ forever() }})
    where statuses.legal_status in ('V3', 'V4')
)

select
    pupils.academic_year,
    pupils.person_id,
    looked_after.care_started_on,
    case when looked_after.is_age_known then true when looked_after.person_id is null then false end as is_looked_after,
    looked_after.care_started_on <= pupils.twelve_months_from
    and on_short_breaks.person_id is null as is_in_care_12_months,
    plans.started_on as plans_started_on,
    plans.started_on <= pupils.twelve_months_from as is_on_plans_12_months,
    cp_plans.person_id is not null as has_cp_plan,
    cin_plans.person_id is not null as has_cin_plan,
    {{ child_breakdowns('child', 'pupils.cohort_on') }}

from pupils
left join {{ ref('looked_after_spells') }} as looked_after
    on pupils.person_id = looked_after.person_id
    and pupils.cohort_on >= looked_after.from_on
    and pupils.cohort_on < looked_after.until_on
left join on_short_breaks
    on pupils.academic_year = on_short_breaks.academic_year and pupils.person_id = on_short_breaks.person_id
left join {{ ref('plan_chains') }} as plans
    on pupils.person_id = plans.person_id
    and pupils.cohort_on >= plans.started_on
    and pupils.cohort_on < coalesce(plans.ended_on, {{ forever() }})
left join {{ ref('cp_plans') }} as cp_plans
    on pupils.person_id = cp_plans.person_id
    and pupils.cohort_on >= cp_plans.started_on
    and pupils.cohort_on < coalesce(cp_plans.ended_on, {{ forever() }})
left join {{ ref('cin_plans') }} as cin_plans
    on pupils.person_id = cin_plans.person_id
    and pupils.cohort_on >= cin_plans.started_on
    and pupils.cohort_on < coalesce(cin_plans.ended_on, {{ forever() }})
left join {{ ref('child_timeline') }} as child
    on pupils.person_id = child.person_id
    and pupils.cohort_on >= child.from_on
    and pupils.cohort_on < child.until_on
