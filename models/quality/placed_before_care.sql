-- Placements for adoption dated before the care that the adoption ended (83): one row per record of permanence.
select
    {{ finding('placed_before_care', 'ssd_permanence', 'perm_placed_for_adoption_date', of='permanence') }}

from {{ ref('stg_adoption__permanence') }} as permanence
inner join {{ ref('adoptions') }} as adoptions
    on permanence.person_id = adoptions.person_id
    and permanence.placed_for_adoption_on = adoptions.placed_for_adoption_on
where adoptions.placed_for_adoption_on < adoptions.started_on
