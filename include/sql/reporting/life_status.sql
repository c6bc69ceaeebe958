-- Gives a repair another status, a price once it is ready, and the day on which it is closed.
--
-- params: repair_id  bigint
--         status_id  smallint
--         is_closed  boolean
with former as (
    select
        repair_id,
        status_id
    from crm.repairs
    where repair_id = %(repair_id)s::bigint
    for update
),

moved as (
    update crm.repairs
    set
        status_id = %(status_id)s::smallint,
        status_changed_at = clock_timestamp(),
        services_total = case
            when %(status_id)s::smallint in (8, 10)
                then coalesce(services_total, 1000 + 10 * mod(repairs.repair_id, 250))
            else services_total
        end,
        parts_total = case
            when %(status_id)s::smallint in (8, 10) then coalesce(parts_total, 0) else parts_total
        end,
        discount_total = case
            when %(status_id)s::smallint in (8, 10) then coalesce(discount_total, 0) else discount_total
        end,
        completed_at = case when %(is_closed)s and %(status_id)s::smallint = 10 then clock_timestamp() end,
        rejected_at = case when %(is_closed)s and %(status_id)s::smallint = 11 then clock_timestamp() end
    from former
    where repairs.repair_id = former.repair_id
    returning repairs.repair_id, former.status_id as former_id
),

noted as (
    insert into crm.status_changes (repair_id, changed_at, status_id)
    select
        repair_id,
        clock_timestamp(),
        %(status_id)s::smallint
    from moved
)

insert into crm.repair_events (repair_id, kind, occurred_at, old_status_id, new_status_id, author)
select
    repair_id,
    'status',
    clock_timestamp(),
    former_id,
    %(status_id)s::smallint,
    'staff'
from moved
