-- Takes a repair in for a customer who has been here before, with an id far above the generator's.
--
-- params: draw         double precision  whose and which tool, from 0 to 1
--         customer_id  bigint            whose it is; null: anybody's
with last_customer as (
    select max(customer_id) as customer_id
    from crm.customers
),

customer as (
    select customers.customer_id
    from crm.customers as customers
    inner join last_customer
        on
            customers.customer_id
            >= coalesce(
                %(customer_id)s::bigint, 1 + floor(%(draw)s::double precision * last_customer.customer_id)
            )
    order by customers.customer_id
    limit 1
),

branch as (
    select branch_id
    from crm.branches
    where closed_on is null
    order by md5(branch_id::text || %(draw)s::text)
    limit 1
),

model as (
    select device_model_id
    from crm.device_models
    order by md5(device_model_id::text || %(draw)s::text)
    limit 1
),

ids as (
    select greatest(1000000000, 1 + max(repair_id)) as repair_id
    from crm.repairs
),

taken as (
    insert into crm.repairs (
        repair_id, number, customer_id, branch_id, created_at, status_changed_at, device_model_id, status_id,
        needs_callback
    )
    select
        ids.repair_id,
        ids.repair_id - 999900000,
        customer.customer_id,
        branch.branch_id,
        clock_timestamp(),
        clock_timestamp(),
        model.device_model_id,
        1,
        false
    from ids
    cross join customer
    cross join branch
    cross join model
    returning repair_id
)

insert into crm.repair_events (repair_id, kind, occurred_at, new_status_id, author)
select
    repair_id,
    'created',
    clock_timestamp(),
    1,
    'staff'
from taken
returning repair_id
