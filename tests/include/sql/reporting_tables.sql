-- The relations of the source contract as plain tables: what the report queries are tested on.
--
-- Types and nulls are the contract's and nothing more: views promise no keys, so these take duplicates.

create schema reporting;

create table reporting.branches (
    branch_id bigint not null,
    name text not null,
    code_prefix text,
    is_active boolean not null
);

create table reporting.repairs (
    repair_id bigint not null,
    number bigint not null,
    code text not null,
    branch_id bigint,
    status text not null,
    needs_callback boolean not null,
    device_category text,
    device_brand text,
    device_model text,
    customer_name text,
    customer_phone text,
    created_at timestamptz not null,
    status_changed_at timestamptz,
    completed_at timestamptz,
    revenue numeric(14, 2),
    parts_cost numeric(14, 2)
);

create index on reporting.repairs (completed_at);
create index on reporting.repairs (created_at);

create table reporting.rentals (
    rental_id bigint not null,
    branch_id bigint,
    started_at timestamptz not null,
    completed_at timestamptz,
    revenue numeric(14, 2)
);

create index on reporting.rentals (completed_at);
create index on reporting.rentals (started_at);

create table reporting.fixed_costs (
    branch_id bigint,
    month date not null,
    item text not null,
    amount numeric(14, 2) not null
);

create index on reporting.fixed_costs (month);

create table reporting.backups (
    backup_id bigint not null,
    database_name text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    status text not null,
    error text,
    size_bytes bigint
);

create index on reporting.backups (started_at);
