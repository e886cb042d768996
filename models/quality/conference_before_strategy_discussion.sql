-- Initial conferences dated before the strategy discussion that began their enquiry (23): one row per conference.
select
    {{ finding(
        'conference_before_strategy_discussion', 'ssd_initial_cp_conference', 'icpc_icpc_date', of='conferences'
    ) }}

from {{ ref('stg_child_protection__initial_conferences') }} as conferences
inner join {{ ref('stg_s47__enquiries') }} as enquiries on conferences.s47_enquiry_id = enquiries.s47_enquiry_id
where not coalesce(conferences.is_transfer_in, false) and conferences.held_on < enquiries.started_on
