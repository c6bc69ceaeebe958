-- One of the fifty open repairs in which something happened last.
--
-- params: statuses     smallint[]        those that have a next one
--         draw         double precision  which of them, from 0 to 1
--         customer_id  bigint            whose it is; null: anybody's
with latest as (
    select
        repair_id,
        status_id,
        row_number() over (order by status_changed_at desc, repair_id desc) as place
    from crm.repairs
    where
        completed_at is null
        and rejected_at is null
        and status_id = any(%(statuses)s::smallint[])
        and (%(customer_id)s::bigint is null or customer_id = %(customer_id)s::bigint)
    order by place
    limit 50
)

select
    repair_id,
    status_id
from latest
order by abs(place - 50 * %(draw)s::double precision)
limit 1
