-- What was made of a repair's latest events, and what became of the messages: for the page that says why.

-- name: feed_standing
-- Since when a notification is on, by the CRM's clock; when it looked last and what time it is, by the
-- ledger's.
select
    switched_on_at,
    looked_at,
    clock_timestamp() as now
from notifications.feeds
where feed = %(feed)s::text;

-- name: latest_events
-- The latest events of these repairs, so many of each and surely the latest that is no comment, oldest first.
select
    asked.repair_id,
    seen.event_id,
    seen.recorded_at,
    seen.kind,
    seen.old_status,
    seen.new_status,
    seen.author,
    seen.is_for_customer,
    seen.happened_at,
    seen.brake_id,
    seen.due_at,
    seen.outcome,
    seen.decided_at,
    brake.brake_id is not null and brake.released_at is null and brake.refused_at is null as is_braked
from unnest(%(repair_ids)s::bigint[]) as asked (repair_id)
cross join
    lateral ( -- noqa: ST05
        (
            select
                any_kind.event_id,
                any_kind.recorded_at
            from notifications.seen_events as any_kind
            where any_kind.feed = %(feed)s::text and any_kind.repair_id = asked.repair_id
            order by any_kind.happened_at desc, any_kind.event_id desc
            limit %(most)s::bigint
        )
        union distinct
        (
            select
                change.event_id,
                change.recorded_at
            from notifications.seen_events as change
            where
                change.feed = %(feed)s::text
                and change.repair_id = asked.repair_id
                and change.kind <> 'comment'
            order by change.happened_at desc, change.event_id desc
            limit 1
        )
    ) as latest
inner join notifications.seen_events as seen
    on
        seen.feed = %(feed)s::text
        and latest.event_id = seen.event_id
        and latest.recorded_at = seen.recorded_at
left join notifications.brakes as brake on seen.brake_id = brake.brake_id
order by asked.repair_id, seen.happened_at, seen.event_id;

-- name: messages_about_repairs
-- What was stored for these people about repairs since then, newest first.
select
    message.period,
    message.stored_at,
    message.state,
    message.reason,
    message.expires_at,
    message.figures -> 'repair_ids' as repair_ids,
    coalesce(message.figures ->> 'event' = 'withdrawn', false) as is_withdrawn,
    -- An edit is sent, too: it was told when its first form was.
    coalesce(first_form.sent_at, message.sent_at) as sent_at
from notifications.messages as message
left join
    lateral ( -- noqa: ST05
        select min(revision.sent_at) as sent_at
        from notifications.revisions as revision
        where revision.message_id = message.message_id
    ) as first_form
    on true
where
    message.destination = any(%(destinations)s::text[])
    and message.stored_at >= %(since)s::timestamptz
    and message.notification = %(feed)s::text
    and message.part = 1
    and message.state <> 'preview'
    and message.figures ? 'repair_ids'
order by message.stored_at desc
limit 200;
