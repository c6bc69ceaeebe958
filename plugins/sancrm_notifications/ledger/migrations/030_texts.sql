-- What people write and switch: texts of events and when they are told. Versions are added, never changed.

create table notifications.texts (
    text_id bigint generated always as identity primary key,
    audience text not null check (audience in ('client', 'staff')),
    event text not null,
    -- null: the whole network
    branch_id bigint,
    -- of a transition, as staff see the statuses; null: any
    from_status text,
    to_status text,
    -- null: what was written before is taken back
    source text,
    written_by text not null,
    written_at timestamptz not null default clock_timestamp()
);

create index texts_of_event on notifications.texts (audience, event, text_id desc);

create table notifications.switches (
    switch_id bigint generated always as identity primary key,
    audience text not null check (audience in ('client', 'staff')),
    -- null: quiet hours of all events
    event text,
    branch_id bigint,
    is_on boolean,
    quiet_from time,
    quiet_until time,
    switched_by text not null,
    switched_at timestamptz not null default clock_timestamp(),
    check ((quiet_from is null) = (quiet_until is null)),
    check ((is_on is null) <> (quiet_from is null)),
    check (is_on is null or event is not null)
);

create index switches_of_event on notifications.switches (audience, event, switch_id desc);
