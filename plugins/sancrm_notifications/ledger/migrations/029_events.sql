-- What was seen of the CRM's events, by each notification that tells of them, and what was made of it.

create table notifications.feeds (
    -- the notification, such as client_statuses
    feed text primary key,
    -- by the clock of the CRM's database: what was recorded before is notified only when a person asks for it
    switched_on_at timestamptz not null,
    looked_at timestamptz,
    -- when it last looked as far back as an event may be late
    long_looked_at timestamptz,
    -- when the wait ended because something is due; longer ago: its DAG was paused
    woken_at timestamptz
);

create table notifications.seen_events (
    feed text not null references notifications.feeds,
    event_id bigint not null,
    recorded_at timestamptz not null,
    repair_id bigint not null,
    kind text not null,
    old_status text,
    new_status text,
    author text,
    is_for_customer boolean not null,
    -- recorded_at by the ledger's clock
    happened_at timestamptz not null,
    -- when it is to be decided about; later for what waits for the morning
    due_at timestamptz not null,
    outcome text check (
        outcome = any(array['notified', 'nothing_new', 'no_words', 'nobody', 'switched_off', 'refused'])
    ),
    decided_at timestamptz,
    primary key (feed, event_id, recorded_at),
    check ((outcome is null) = (decided_at is null))
);

create index seen_events_open on notifications.seen_events (feed, repair_id) where outcome is null;
create index seen_events_repair on notifications.seen_events (repair_id);
create index seen_events_decided on notifications.seen_events (decided_at) where outcome is not null;

-- The status of a repair that a notification has told last.
create table notifications.notified_statuses (
    feed text not null references notifications.feeds,
    repair_id bigint not null,
    status text not null,
    status_group text,
    -- the one before, as the message said it
    former_status text,
    -- of the messages that said so
    period text not null,
    notified_at timestamptz not null default clock_timestamp(),
    primary key (feed, repair_id)
);
