-- Where branches are, when they are open and how to reach them.
--
-- grain:   one row per branch, also of those that are closed
-- params:  none
-- reads:   reporting.branches
-- order:   name, branch_id
-- columns:
--   branch_id      bigint
--   name           text
--   is_active      boolean
--   phone          text
--   address        text
--   opening_hours  text
--   time_zone      text     IANA name
--
-- A column that the CRM does not show is taken from «absent», where it is null: names are looked for in the
-- inner query first.

select
    branches.branch_id,
    branches.name,
    branches.is_active,
    branches.phone,
    branches.address,
    branches.opening_hours,
    branches.time_zone
from (
    values (null::text, null::text, null::text, null::text)
) as absent (phone, address, opening_hours, time_zone)
cross join
    lateral ( -- noqa: ST05
        select
            branch_id,
            name,
            is_active,
            phone,
            address,
            opening_hours,
            time_zone
        from reporting.branches
    ) as branches
order by branches.name, branches.branch_id
