-- The source contract's five views on Northwind, a public sample database of a food trader.
--
-- A worked example, explained in adopting.md. An order is a repair, shipped is completed, a sales region is
-- a branch. Northwind knows days only, and its amounts are `real`.

-- In each view the columns stand in the contract's order.

create schema reporting;

create view reporting.branches as
select -- noqa: ST06
    region_id::bigint as branch_id,
    btrim(region_description) as name,
    left(region_description, 1) as code_prefix,
    true as is_active
from public.region;

-- A day becomes its noon in Moscow: whichever way a clock is changed, it stays within its day. A `real` is
-- cast to numeric before anything is computed: 9.80000019 becomes 9.8, the discount 0.150000006 becomes 0.15.
create view reporting.repairs as
with regions as (
    -- each employee sells in one region; min() keeps it that way, and with it one row per order
    select
        employee_territories.employee_id,
        min(territories.region_id) as region_id
    from public.employee_territories as employee_territories
    inner join public.territories as territories
        on employee_territories.territory_id = territories.territory_id
    group by employee_territories.employee_id
)

select -- noqa: ST06
    orders.order_id::bigint as repair_id,
    orders.order_id::bigint as number,
    'N-' || orders.order_id as code,
    regions.region_id::bigint as branch_id,
    case when orders.shipped_date is null then 'В работе' else 'Отправлен' end as status,
    false as needs_callback,
    null::text as device_category,
    null::text as device_brand,
    null::text as device_model,
    customers.contact_name as customer_name,
    customers.phone as customer_phone,
    (orders.order_date + time '12:00') at time zone 'Europe/Moscow' as created_at,
    null::timestamptz as status_changed_at,
    (orders.shipped_date + time '12:00') at time zone 'Europe/Moscow' as completed_at,
    details.revenue,
    round(orders.freight::numeric, 2)::numeric(14, 2) as parts_cost
from public.orders as orders
left join public.customers as customers on orders.customer_id = customers.customer_id
left join regions on orders.employee_id = regions.employee_id
-- each line is rounded, as it is on an invoice, and the order is the sum of its lines
left join lateral (
    select
        sum(
            round(
                order_details.unit_price::numeric * order_details.quantity
                * (1 - order_details.discount::numeric), 2
            )
        )::numeric(14, 2) as revenue
    from public.order_details as order_details
    where orders.order_id = order_details.order_id
) as details on true;

-- Northwind rents nothing out, knows no fixed costs and keeps no book of its backups: empty, but there.
create view reporting.rentals as
select
    null::bigint as rental_id,
    null::bigint as branch_id,
    null::timestamptz as started_at,
    null::timestamptz as completed_at,
    null::numeric(14, 2) as revenue
where false;

create view reporting.fixed_costs as
select
    null::bigint as branch_id,
    null::date as month,
    null::text as item,
    null::numeric(14, 2) as amount
where false;

create view reporting.backups as
select
    null::bigint as backup_id,
    null::text as database_name,
    null::timestamptz as started_at,
    null::timestamptz as finished_at,
    null::text as status,
    null::text as error,
    null::bigint as size_bytes
where false;

-- The expressions of the view, so that a day's orders are found without reading all of them.
create index orders_completed_at
on public.orders (((shipped_date + time '12:00') at time zone 'Europe/Moscow'));

create index orders_created_at
on public.orders (((order_date + time '12:00') at time zone 'Europe/Moscow'));
