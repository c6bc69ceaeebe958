-- Tables of the demo CRM: a chain of workshops that repair and rent out power tools.
--
-- Keys, foreign keys and indexes come after the data, in crm_indexes.sql: a large table loads faster
-- without them. Like in most CRMs, a repair carries the totals of its lines: a report reads one table.

create schema crm;

create table crm.branches (
    branch_id bigint not null,
    name text not null,
    city text not null,
    code_prefix text not null,
    works_on_sunday boolean not null,
    closed_on date
);

create table crm.customers (
    customer_id bigint not null,
    name text,
    phone text, -- as the receptionist typed it
    phone_digits text generated always as (right(regexp_replace(phone, '\D', '', 'g'), 10)) stored,
    registered_at timestamptz not null
);

create table crm.statuses (
    status_id smallint primary key,
    name text not null unique,
    status_group text not null check (
        status_group in (
            'new', 'diagnostics', 'to do', 'in work', 'on hold', 'ready', 'refused',
            'closed with success', 'closed with failure'
        )
    )
);

create table crm.device_models (
    device_model_id integer primary key,
    category text not null,
    brand text not null,
    model text not null,
    power_source text not null check (power_source in ('battery', 'mains', 'petrol'))
);

create table crm.repairs (
    repair_id bigint not null,
    number bigint not null,
    customer_id bigint,
    branch_id bigint,
    created_at timestamptz not null,
    status_changed_at timestamptz not null,
    completed_at timestamptz, -- handed over repaired
    rejected_at timestamptz, -- handed back or scrapped unrepaired
    device_model_id integer,
    status_id smallint not null,
    needs_callback boolean not null,
    services_total numeric(14, 2), -- the totals are null until the work is done
    parts_total numeric(14, 2), -- at sale prices
    discount_total numeric(14, 2),
    parts_cost numeric(14, 2) -- at purchase prices, with materials
);

create table crm.repair_services (
    repair_id bigint not null,
    line_number smallint not null,
    name text not null,
    amount numeric(14, 2) not null
);

create table crm.repair_parts (
    repair_id bigint not null,
    line_number smallint not null,
    name text not null,
    quantity smallint not null,
    sale_amount numeric(14, 2) not null, -- of the whole line; 0 for materials that are not billed
    purchase_amount numeric(14, 2)
);

create table crm.status_changes (
    repair_id bigint not null,
    changed_at timestamptz not null,
    status_id smallint not null
);

create table crm.tools (
    tool_id bigint not null,
    branch_id bigint not null,
    name text not null,
    inventory_number text not null,
    daily_rate numeric(14, 2) not null
);

create table crm.rentals (
    rental_id bigint not null,
    tool_id bigint not null,
    branch_id bigint,
    -- whoever rents has brought something for repair before
    customer_id bigint generated always as (1 + rental_id * 31 % 997) stored,
    started_at timestamptz not null,
    completed_at timestamptz, -- returned and paid
    days smallint not null,
    amount numeric(14, 2)
);

create table crm.fixed_costs (
    branch_id bigint, -- null: the network's own
    month date not null,
    item text not null,
    amount numeric(14, 2) not null,
    constraint fixed_costs_one_per_item unique nulls not distinct (branch_id, month, item)
);

create table crm.backups (
    backup_id bigint primary key,
    database_name text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    status text not null check (status in ('running', 'succeeded', 'failed')),
    error text,
    size_bytes bigint
);
