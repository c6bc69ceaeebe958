-- What the demo CRM shows beside the five views of the contract, for the bot that clients ask.
--
-- The views of the contract are made anew with more columns at their end; a report asks for none of them.

create or replace view reporting.branches as
select -- noqa: ST06
    branch_id,
    name,
    code_prefix,
    closed_on is null as is_active,
    '+7 900 000-01-' || lpad((branch_id % 100)::text, 2, '0') as phone,
    name || ', ' || (1 + branch_id * 7 % 90) as address,
    case when works_on_sunday then 'ежедневно 9:00–19:00' else 'пн–сб 9:00–19:00' end as opening_hours,
    'Europe/Moscow' as time_zone
from crm.branches;

create or replace view reporting.repairs as
select -- noqa: ST06
    repairs.repair_id,
    repairs.number,
    coalesce(branches.code_prefix || '-', '') || repairs.number as code,
    repairs.branch_id,
    statuses.name as status,
    repairs.needs_callback,
    device_models.category as device_category,
    device_models.brand as device_brand,
    device_models.model as device_model,
    customers.name as customer_name,
    customers.phone as customer_phone,
    repairs.created_at,
    repairs.status_changed_at,
    repairs.completed_at,
    (repairs.services_total + repairs.parts_total - repairs.discount_total)::numeric(14, 2) as revenue,
    repairs.parts_cost,
    repairs.customer_id,
    (repairs.services_total + repairs.parts_total - repairs.discount_total)::numeric(14, 2) as estimate,
    case
        when coalesce(repairs.completed_at, repairs.rejected_at) is not null then 0
        else repairs.services_total + repairs.parts_total - repairs.discount_total
    end::numeric(14, 2) as to_pay,
    -- a week, and two while a part is on its way
    repairs.created_at
    + case statuses.status_id when 7 then interval '14 days' else interval '7 days' end as due_at,
    replace(replace(statuses.status_group, ' with ', ' '), ' ', '_') as status_group,
    coalesce(repairs.completed_at, repairs.rejected_at) as closed_at,
    (repairs.completed_at at time zone 'Europe/Moscow' + interval '6 months')::date as warranty_until
from crm.repairs as repairs
left join crm.branches as branches on repairs.branch_id = branches.branch_id
left join crm.statuses as statuses on repairs.status_id = statuses.status_id
left join crm.device_models as device_models on repairs.device_model_id = device_models.device_model_id
left join crm.customers as customers on repairs.customer_id = customers.customer_id;

create or replace view reporting.rentals as
select -- noqa: ST06
    rentals.rental_id,
    rentals.branch_id,
    rentals.started_at,
    rentals.completed_at,
    rentals.amount as revenue,
    rentals.customer_id,
    tools.name as tool,
    rentals.started_at + rentals.days * interval '1 day' as due_at,
    case
        when rentals.completed_at is null then tools.daily_rate * rentals.days else 0
    end::numeric(14, 2) as to_pay
from crm.rentals as rentals
left join crm.tools as tools on rentals.tool_id = tools.tool_id;

create or replace view reporting.customers as
select
    customer_id,
    name,
    -- one in twenty wants no messages
    customer_id % 20 <> 0 as messages_allowed
from crm.customers;

create or replace view reporting.customer_phones as
select
    customer_id,
    phone,
    true as is_current,
    phone_digits
from crm.customers
where phone is not null;
