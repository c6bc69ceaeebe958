-- The branches that a run's form may name.
--
-- grain:   one row per branch, also of those that are closed
-- params:  none
-- reads:   reporting.branches
-- order:   name, branch_id
-- columns:
--   branch_id    bigint
--   name         text
--   code_prefix  text  null for a branch without one

select
    branch_id,
    name,
    code_prefix
from reporting.branches
order by name, branch_id
