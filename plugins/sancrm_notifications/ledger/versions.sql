-- Versions of what people have written and switched, for the page on events.

-- name: text_versions
-- The versions of one text, newest first, each with what stood there before it.
with versions as (
    select
        text_id,
        source,
        written_by,
        written_at,
        lag(source) over (order by text_id) as former
    from notifications.texts
    where
        audience = %(audience)s::text
        and event = %(event)s::text
        and branch_id is not distinct from %(branch_id)s::bigint
        and from_status is not distinct from %(from_status)s::text
        and to_status is not distinct from %(to_status)s::text
)

select
    text_id,
    source,
    former,
    written_by,
    written_at
from versions
where text_id < %(before)s::bigint
order by text_id desc
limit %(most)s::bigint;

-- name: newest_switch
-- The newest version of a switch, of quiet hours or of reminders, of exactly this place;
-- it may take back what the one before said.
select max(switch_id) as switch_id
from notifications.switches
where
    audience = %(audience)s::text
    and event is not distinct from %(event)s::text
    and branch_id is not distinct from %(branch_id)s::bigint
    and case
        when takes_back is not null then takes_back = %(said)s::text
        when %(said)s::text = 'quiet' then quiet_from is not null
        when %(said)s::text = 'reminders' then remind_after_days is not null
        else is_on is not null
    end;

-- name: statuses_seen
-- The statuses that the latest decided events have named.
with latest as (
    select
        old_status,
        new_status
    from notifications.seen_events
    where outcome is not null and kind = 'status'
    order by decided_at desc
    limit 2000
)

select old_status as status
from latest
where old_status is not null
union
select new_status
from latest
where new_status is not null
order by status;
