-- The source contract's five views on the tables of the demo CRM.
--
-- Side tables are joined by `left join` on their primary key: PostgreSQL drops such a join from a query
-- that asks for none of its columns, so a report reads crm.repairs alone, by its index on completed_at.

create schema if not exists reporting;

create or replace view reporting.branches as
select
    branch_id,
    name,
    code_prefix,
    closed_on is null as is_active
from crm.branches;

-- The columns stand in the contract's order.
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
    repairs.parts_cost
from crm.repairs as repairs
left join crm.branches as branches on repairs.branch_id = branches.branch_id
left join crm.statuses as statuses on repairs.status_id = statuses.status_id
left join crm.device_models as device_models on repairs.device_model_id = device_models.device_model_id
left join crm.customers as customers on repairs.customer_id = customers.customer_id;

create or replace view reporting.rentals as
select
    rental_id,
    branch_id,
    started_at,
    completed_at,
    amount as revenue
from crm.rentals;

create or replace view reporting.fixed_costs as
select
    branch_id,
    month,
    item,
    amount
from crm.fixed_costs;

create or replace view reporting.backups as
select
    backup_id,
    database_name,
    started_at,
    finished_at,
    status,
    error,
    size_bytes
from crm.backups;
