-- How a delivery takes a chat's next message: turns, claims, and the moments that Telegram's limits allow.

-- name: settle_abandoned
-- A claim whose lease ended without a result is unknown: its process died between request and note.
with abandoned as (
    update notifications.attempts
    set
        finished_at = clock_timestamp(),
        result = 'unknown',
        description = 'no result was noted before the lease ended'
    where
        finished_at is null
        and lease_until < clock_timestamp()
        and (
            bot_id = %(bot_id)s
            -- The bot may be another today.
            or message_id in (
                select message_id from notifications.messages
                where batch = %(batch)s and state = 'sending'
            )
        )
    returning attempt_id, message_id
)

update notifications.messages as message
set
    -- An edit may be made twice without harm.
    state = case
        when message.sent_revision = message.revision then 'sent'
        when message.telegram_message_id is not null then 'stored'
        when message.unknown_policy <> 'resend' then 'held'
        when message.possible_repeats + 1 >= %(most_repeats)s then 'parked'
        else 'stored'
    end,
    possible_repeats = message.possible_repeats + (message.telegram_message_id is null)::integer,
    reason = 'unknown whether it arrived: a process ended before it noted the answer; look into the chat'
from abandoned
where
    message.message_id = abandoned.message_id
    and message.attempt_id = abandoned.attempt_id
    and message.state = 'sending';

-- name: claim
-- Takes the chat's turn, then the batch's next message for it, and reserves the moment of sending, which is
-- the first that the chat's and the bot's limits allow.  Reservations are the queue of all chats: one whose
-- own limits allow it now, or within near, takes the next place, up to ahead.  A place taken sooner would
-- stand behind free ones, and before those who have waited longer.
-- Callers hold the bot's advisory lock, so that two claims never count on the same moment.
with head as (
    select
        message_id,
        not_before
    from notifications.messages
    where
        batch = %(batch)s
        and destination = any(%(destinations)s)
        and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
        and state = 'stored'
        and expires_at > clock_timestamp()
        and (
            not closes_batch
            or waiting_since < clock_timestamp() - %(summary_wait)s::interval
            or not exists (
                select 1 from notifications.messages as other
                where
                    other.batch = %(batch)s
                    and not other.closes_batch
                    and (
                        other.state = 'sending'
                        or (other.state = 'stored' and other.expires_at > clock_timestamp())
                    )
            )
        )
    -- News goes before edits of what is in the chat, and before parts that an edit has added.
    order by telegram_message_id is not null or revision > 1, message_id
    limit 1
    -- Another bot's delivery may be claiming the same message: the later one finds it taken.
    for no key update
),

turn as (
    insert into notifications.turns as held (bot_id, chat_id, batch, is_backfill, holder, lease_until)
    -- Who has nothing to say now, because the summary waits for others, lets other batches speak.
    select
        %(bot_id)s,
        %(chat_id)s,
        %(batch)s,
        %(is_backfill)s,
        %(holder)s,
        clock_timestamp() + %(turn_lease)s::interval
    where exists (select 1 from head)
    on conflict (bot_id, chat_id) do update
        set
            batch = excluded.batch,
            is_backfill = excluded.is_backfill,
            holder = excluded.holder,
            lease_until = excluded.lease_until
        where
        held.holder = excluded.holder
        or (
            held.lease_until < clock_timestamp()
            -- A request may take longer than a turn's lease; the note after it renews the turn.
            and not exists (
                select 1 from notifications.attempts as attempt
                where
                    attempt.bot_id = %(bot_id)s
                    and attempt.chat_id = %(chat_id)s
                    and attempt.finished_at is null
            )
        )
        or (held.is_backfill and not excluded.is_backfill)
    returning held.holder
),

in_flight as (
    select attempt_id
    from notifications.attempts
    where bot_id = %(bot_id)s and chat_id = %(chat_id)s and finished_at is null
    order by attempt_id
    limit 1
),

lately as (
    select least(coalesce(avg(lasting), interval '0'), %(bot_window)s::interval) as lasting
    from (
        select finished_at - slot_at as lasting
        from notifications.attempts
        where bot_id = %(bot_id)s and finished_at is not null and result <> 'unknown'
        order by slot_at desc
        limit %(bot_window_messages)s::integer
    ) as ended
),

free as (
    select
        greatest(
            clock_timestamp(),
            (select not_before from head),
            (
                select blocked_until from notifications.chats
                where bot_id = %(bot_id)s and chat_id = %(chat_id)s
            ),
            (
                -- From its end: Telegram may have counted the request at any moment until it answered.
                select coalesce(finished_at, slot_at) + %(chat_gap)s::interval from notifications.attempts
                where bot_id = %(bot_id)s and chat_id = %(chat_id)s
                order by slot_at desc
                limit 1
            ),
            (
                -- What Telegram refused for the rate it did not count, and it said itself how long to wait.
                select coalesce(finished_at, slot_at) + %(chat_window)s::interval from notifications.attempts
                where bot_id = %(bot_id)s and chat_id = %(chat_id)s and result is distinct from 'rate_limited'
                order by slot_at desc
                limit 1 offset %(chat_window_messages)s::integer - 1
            )
        ) as chat_at,
        (
            -- What has not ended yet is taken to last as long as what has ended lately, and to end after now.
            select
                coalesce(finished_at, greatest(slot_at + lately.lasting, clock_timestamp()))
                + %(bot_window)s::interval
            from notifications.attempts
            cross join lately
            where bot_id = %(bot_id)s
            order by slot_at desc
            limit 1 offset %(bot_window_messages)s::integer - 1
        ) as bot_at
),

pace as (
    select
        chat_at,
        greatest(chat_at, bot_at) as slot_at,
        chat_at <= clock_timestamp() + %(near)s::interval as is_near
    from free
),

attempt as (
    insert into notifications.attempts (
        attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until, dag_id, run_id, try_number
    )
    select
        %(attempt_id)s,
        head.message_id,
        %(bot_id)s,
        %(chat_id)s,
        'claimed',
        pace.slot_at,
        pace.slot_at + %(attempt_lease)s::interval,
        %(dag_id)s,
        %(run_id)s,
        %(try_number)s
    from head
    cross join pace
    cross join turn
    where
        pace.is_near
        and pace.slot_at <= clock_timestamp() + %(ahead)s::interval
        and not exists (select 1 from in_flight)
    returning attempt_id, message_id
),

claimed as (
    update notifications.messages as message
    set state = 'sending', attempt_id = attempt.attempt_id, reason = null
    from attempt
    where message.message_id = attempt.message_id
    returning
        message.message_id, message.destination, message.label, message.part, message.parts,
        message.html, message.rich_html, message.buttons, message.silent, message.closes_batch,
        message.possible_repeats, message.plain, message.revision, message.replaces_message,
        message.telegram_message_id, message.chat_id as sent_chat_id, message.sent_bot_id, message.sent_form,
        (
            -- A part that an edit has added stands apart from the others: it is a reply to the first.
            select first.telegram_message_id from notifications.messages as first
            where
                message.part > 1
                and message.revision > 1
                and first.part = 1
                and first.notification = message.notification
                and first.period = message.period
                and first.subject = message.subject
                and first.destination = message.destination
                and first.state <> 'preview'
        ) as reply_to_message_id
)

select
    claimed.*,
    pace.is_near,
    extract(
        epoch from case when pace.is_near then pace.slot_at else pace.chat_at end - clock_timestamp()
    )::double precision as wait_seconds,
    exists(select 1 from head) as has_message,
    exists(select 1 from turn) as has_turn,
    exists(select 1 from in_flight) as is_in_flight,
    exists(
        select 1 from notifications.messages
        where
            batch = %(batch)s
            and destination = any(%(destinations)s)
            and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
            and (state = 'sending' or (state = 'stored' and expires_at > clock_timestamp()))
    ) as has_more,
    (
        select extract(epoch from max(waiting_since) + %(summary_wait)s::interval - clock_timestamp())
        from notifications.messages
        where batch = %(batch)s and closes_batch and state = 'stored'
    )::double precision as closes_in_seconds
from pace
left join claimed on true;

-- name: look_again
-- How long it still is until a moment that was reserved before the request had ended which must be a window
-- ago by then: longer, when that took longer than was expected.  What has not ended does not end before now.
-- The moment stays as it is, a place in the queue: put off, it might come behind others that do not know it.
with mine as (
    select
        bot_id,
        slot_at
    from notifications.attempts
    where attempt_id = %(attempt_id)s and finished_at is null
)

select
    extract(epoch from greatest(
        mine.slot_at,
        (
            select
                coalesce(earlier.finished_at, greatest(earlier.slot_at, clock_timestamp()))
                + %(bot_window)s::interval
            from notifications.attempts as earlier
            where earlier.bot_id = mine.bot_id and earlier.slot_at < mine.slot_at
            order by earlier.slot_at desc
            limit 1 offset %(bot_window_messages)s::integer - 1
        )
    ) - clock_timestamp())::double precision as wait_seconds
from mine;

-- name: abandon_claim
-- Takes a claim back whose request was never begun.
with abandoned as (
    delete from notifications.attempts
    where attempt_id = %(attempt_id)s and finished_at is null
    returning attempt_id
)

update notifications.messages as message
set state = 'stored'
from abandoned
where message.attempt_id = abandoned.attempt_id and message.state = 'sending';

-- name: lock_bot
-- Serializes claims of one bot for as long as a claim takes; never held over a request.
select pg_advisory_xact_lock(hashtextextended('notifications.bot', %(bot_id)s));

-- name: end_paused
-- Takes the locks away from tasks that have stopped inside a transaction, where milliseconds pass between two
-- statements; PostgreSQL's own limit does not see who has stopped in the middle of a pipeline.
select pg_terminate_backend(pid)
from pg_stat_activity
where
    datname = current_database()
    and usename = current_user
    and application_name = %(application)s
    and wait_event = 'ClientRead'
    and xact_start is not null
    and state_change < clock_timestamp() - %(longest_pause)s::interval;

-- name: free_chats
-- Of chats in which others speak, those in which nobody does now; one question for all that wait.
select
    asked.bot_id,
    asked.chat_id
from unnest(%(bot_ids)s::bigint[], %(chat_ids)s::text[]) as asked (bot_id, chat_id)
where
    not exists (
        select 1 from notifications.turns as held
        where
            held.bot_id = asked.bot_id
            and held.chat_id = asked.chat_id
            and held.holder <> %(holder)s
            and held.lease_until >= clock_timestamp()
            and (%(is_backfill)s or not held.is_backfill)
    )
    and not exists (
        select 1 from notifications.attempts as attempt
        where
            attempt.bot_id = asked.bot_id
            and attempt.chat_id = asked.chat_id
            and attempt.finished_at is null
            and attempt.lease_until >= clock_timestamp()
    );

-- name: renew_turn
-- The delivery that has just been answered speaks on, however long the answer took; with nothing more to say
-- here it lets others speak at once.
with remaining as (
    select
        exists(
            select 1 from notifications.messages
            where
                batch = %(batch)s
                and destination = any(%(destinations)s)
                and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
                and state = 'stored'
                and expires_at > clock_timestamp()
        )::integer as is_any
)

update notifications.turns as held
set lease_until = clock_timestamp() + %(turn_lease)s::interval * remaining.is_any
from remaining
where held.bot_id = %(bot_id)s and held.chat_id = %(chat_id)s and held.holder = %(holder)s;

-- name: release_turn
-- Gives up a chat's turn when the delivery has nothing more for it.
delete from notifications.turns
where bot_id = %(bot_id)s and chat_id = %(chat_id)s and holder = %(holder)s;
