-- What people have written and switched; the newest version of each counts.

-- name: present_texts
-- The newest version of each text that was not taken back.
with newest as (
    select distinct on (event, branch_id, from_status, to_status)
        text_id,
        event,
        branch_id,
        from_status,
        to_status,
        source,
        written_by,
        written_at
    from notifications.texts
    where audience = %(audience)s::text
    order by event asc, branch_id asc, from_status asc, to_status asc, text_id desc
)

select
    text_id,
    event,
    branch_id,
    from_status,
    to_status,
    source,
    written_by,
    written_at
from newest
where source is not null
order by text_id;

-- name: write_text
-- Adds a version of a text.
insert into notifications.texts (audience, event, branch_id, from_status, to_status, source, written_by)
values (
    %(audience)s::text, %(event)s::text, %(branch_id)s::bigint, %(from_status)s::text, %(to_status)s::text,
    %(source)s::text, %(written_by)s::text
)
returning text_id;

-- name: switches
-- All versions of what was switched, oldest first.
select
    switch_id,
    event,
    branch_id,
    is_on,
    quiet_from,
    quiet_until,
    switched_at,
    remind_after_days,
    most_reminders,
    switched_by,
    takes_back
from notifications.switches
where audience = %(audience)s::text
order by switch_id;

-- name: switch
-- Adds a version of what is told, of quiet hours, or of reminders, or takes one of them back.
insert into notifications.switches (
    audience, event, branch_id, is_on, quiet_from, quiet_until, remind_after_days, most_reminders, takes_back,
    switched_by
)
values (
    %(audience)s::text, %(event)s::text, %(branch_id)s::bigint, %(is_on)s::boolean, %(quiet_from)s::time,
    %(quiet_until)s::time, %(remind_after_days)s::integer, %(most_reminders)s::integer, %(takes_back)s::text,
    %(switched_by)s::text
)
returning switch_id;
