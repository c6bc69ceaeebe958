-- What the demo CRM records of a repair's life for others to read, and the contract's view of it.
--
-- A demo CRM that was made before it had events gets them when it is brought up to today.

create table if not exists crm.repair_events (
    -- each session takes its ids in blocks, so that they become visible out of order
    event_id bigint generated always as identity (cache 20) primary key,
    repair_id bigint not null references crm.repairs on delete cascade,
    kind text not null check (kind in ('created', 'status', 'comment')),
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    old_status_id smallint references crm.statuses,
    new_status_id smallint references crm.statuses,
    author text not null check (author in ('staff', 'customer', 'system')),
    comment text,
    is_for_customer boolean not null default false
);

create index if not exists repair_events_recorded_at on crm.repair_events (recorded_at);
create index if not exists repair_events_repair_id on crm.repair_events (repair_id);

create or replace view reporting.repair_events as
select
    events.event_id,
    events.repair_id,
    events.kind,
    events.occurred_at,
    events.recorded_at,
    former.name as old_status,
    present.name as new_status,
    events.author,
    events.comment,
    events.is_for_customer
from crm.repair_events as events
left join crm.statuses as former on events.old_status_id = former.status_id
left join crm.statuses as present on events.new_status_id = present.status_id;
