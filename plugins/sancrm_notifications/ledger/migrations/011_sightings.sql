-- What a notification has seen and does not believe until it is seen again some time later.

create table notifications.sightings (
    notification text not null,
    sighting text not null,
    first_seen_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    primary key (notification, sighting)
);

-- Until now a preview of a run that does not exist stood for it: what it remembers goes on, and the preview
-- can be read until its end of use.
insert into notifications.sightings (notification, sighting, first_seen_at, expires_at)
select
    notification,
    run_id,
    max(stored_at),
    min(expires_at)
from notifications.messages
where
    state = 'preview'
    and dag_id = 'missed_calls'
    and run_id = 'nobody_waits'
    and expires_at > clock_timestamp()
group by notification, run_id;
