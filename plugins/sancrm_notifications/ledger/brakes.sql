-- What waits for a person because it concerns so many clients at once.

-- name: lately_about
-- How many events came to a message, or to a brake, within ten minutes, by status or kind.
select
    case when kind = 'status' then new_status else kind end as about,
    count(*) as number
from notifications.seen_events
where
    feed = %(feed)s::text
    and (
        (outcome = 'notified' and decided_at > clock_timestamp() - interval '10 minutes')
        or brake_id in (
            select brake_id from notifications.brakes
            where
                feed = %(feed)s::text
                and opened_at > clock_timestamp() - interval '10 minutes'
                and released_at is null
                and refused_at is null
        )
    )
group by about;

-- name: open_brake
-- Begins to wait for a person.
insert into notifications.brakes (feed, about)
values (%(feed)s::text, %(about)s::text)
returning brake_id;

-- name: brake_events
-- These wait for a person.
update notifications.seen_events as seen
set brake_id = %(brake_id)s::bigint
from unnest(%(event_ids)s::bigint[], %(recorded_at)s::timestamptz[]) as braked (event_id, recorded_at)
where
    seen.feed = %(feed)s::text
    and seen.event_id = braked.event_id
    and seen.recorded_at = braked.recorded_at
    and seen.outcome is null;

-- name: braked_events
-- What waits behind these brakes; a repair that has moved on since is told of with what came after.
select
    seen.event_id,
    seen.recorded_at,
    seen.repair_id,
    seen.kind,
    seen.old_status,
    seen.new_status,
    seen.author,
    seen.is_for_customer,
    seen.happened_at,
    seen.brake_id
from notifications.seen_events as seen
inner join notifications.brakes as brake on seen.brake_id = brake.brake_id
where
    brake.brake_id = any(%(brake_ids)s::bigint[])
    and brake.released_at is null
    and brake.refused_at is null
    and seen.outcome is null
    and not exists (
        select 1 from notifications.seen_events as further
        where
            further.feed = seen.feed
            and further.repair_id = seen.repair_id
            and further.kind = 'status'
            and seen.kind = 'status'
            and further.outcome is null
            and further.brake_id is null
    )
order by seen.happened_at, seen.event_id;

-- name: release_brakes
-- A person has said that these may be told.
update notifications.brakes
set released_at = clock_timestamp()
where brake_id = any(%(brake_ids)s::bigint[]) and released_at is null and refused_at is null;

-- name: refuse_old_brakes
-- What nobody has released by the next day is never told.
with refused as (
    update notifications.brakes
    set refused_at = clock_timestamp()
    where
        feed = %(feed)s::text
        and released_at is null
        and refused_at is null
        and opened_at < clock_timestamp() - interval '25 hours'
    returning brake_id
)

update notifications.seen_events as seen
set outcome = 'refused', decided_at = clock_timestamp()
from refused
where seen.brake_id = refused.brake_id and seen.outcome is null;

-- name: refuse_brakes
-- A person has said that these are never told; what was released before stays so.
with refused as (
    update notifications.brakes
    set refused_at = clock_timestamp()
    where
        brake_id = any(%(brake_ids)s::bigint[])
        and released_at is null
        and refused_at is null
    returning brake_id
)

update notifications.seen_events as seen
set outcome = 'refused', decided_at = clock_timestamp()
from refused
where seen.brake_id = refused.brake_id and seen.outcome is null;
