-- So many clients at once wait for a person's word: which events, and what was said.

create table notifications.brakes (
    brake_id bigint generated always as identity primary key,
    feed text not null references notifications.feeds,
    -- the status that so many repairs have come into, or another kind of event
    about text not null,
    opened_at timestamptz not null default clock_timestamp(),
    released_at timestamptz,
    refused_at timestamptz,
    check (released_at is null or refused_at is null)
);

alter table notifications.seen_events add column brake_id bigint references notifications.brakes;

create index seen_events_brake on notifications.seen_events (brake_id) where brake_id is not null;
