-- Keys and indexes of the demo CRM; those on instants are what keeps reports fast however long the history.
--
-- The two that reports live on carry the amounts, so that a month is read from the index alone.

alter table crm.branches add primary key (branch_id);
alter table crm.customers add primary key (customer_id);
alter table crm.repairs add primary key (repair_id);
alter table crm.repair_services add primary key (repair_id, line_number);
alter table crm.repair_parts add primary key (repair_id, line_number);
alter table crm.tools add primary key (tool_id);
alter table crm.rentals add primary key (rental_id);

create index repairs_completed_at on crm.repairs (completed_at)
include (branch_id, services_total, parts_total, discount_total, parts_cost);
create index repairs_created_at on crm.repairs (created_at);
create index repairs_waiting_for_a_call on crm.repairs (status_changed_at) where needs_callback;
create index repairs_open on crm.repairs (created_at) where completed_at is null and rejected_at is null;
create index status_changes_repair_id on crm.status_changes (repair_id, changed_at);
create index rentals_completed_at on crm.rentals (completed_at) include (branch_id, amount);
create index rentals_started_at on crm.rentals (started_at);
-- What the bot asks: a client's own orders, and whose a phone or a number is.
create index repairs_customer_id on crm.repairs (customer_id, (coalesce(completed_at, rejected_at)));
create index repairs_number on crm.repairs (number);
create index rentals_customer_id on crm.rentals (customer_id, completed_at);
create index customers_phone_digits on crm.customers (phone_digits) include (customer_id, phone);
create index backups_started_at on crm.backups (started_at);

alter table crm.repairs add foreign key (branch_id) references crm.branches;
-- deferred: the generator takes customers from their first repairs
alter table crm.repairs add foreign key (customer_id) references crm.customers deferrable initially deferred;
alter table crm.repairs add foreign key (status_id) references crm.statuses;
alter table crm.repairs add foreign key (device_model_id) references crm.device_models;
alter table crm.repair_services add foreign key (repair_id) references crm.repairs on delete cascade;
alter table crm.repair_parts add foreign key (repair_id) references crm.repairs on delete cascade;
alter table crm.status_changes add foreign key (repair_id) references crm.repairs on delete cascade;
alter table crm.tools add foreign key (branch_id) references crm.branches;
alter table crm.rentals add foreign key (branch_id) references crm.branches;
alter table crm.rentals add foreign key (tool_id) references crm.tools;
alter table crm.fixed_costs add foreign key (branch_id) references crm.branches;
