-- Which of some branches the CRM does not show.
--
-- grain:   one row per branch
-- params:  branch_ids  bigint[]
-- reads:   reporting.branches
-- order:   branch
-- columns:
--   branch_id  bigint

select named.branch_id
from unnest(%(branch_ids)s::bigint[]) as named (branch_id)
left join reporting.branches on named.branch_id = branches.branch_id
where branches.branch_id is null
order by named.branch_id
