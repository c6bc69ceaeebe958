-- How a delivery takes a chat's next message: claims, turns, and the moments that Telegram's limits allow.

-- name: lock_bot
-- Serializes claims of one bot for as long as a claim takes; never held over a request.
select pg_advisory_xact_lock(hashtextextended('notifications.bot', %(bot_id)s));

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
-- Takes the batch's next message for a chat when the chat's turn is this delivery's, and reserves its moment.
-- Reservations are one queue for all chats of a bot: a chat takes a place when its own limits allow a message
-- now or within near, and the place is no further away than ahead.  Taken sooner, a place would stand behind
-- free ones, and before those who have waited longer.
-- Callers hold the bot's advisory lock, so that two claims never count on the same moment.
with head as (
    select
        message_id,
        not_before
    from notifications.outstanding
    where
        batch = %(batch)s
        and destination = any(%(destinations)s)
        and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
        and state = 'stored'
        -- The closing message waits for the others of its batch, but not for ever.
        and (
            not closes_batch
            or waiting_since < clock_timestamp() - %(summary_wait)s::interval
            or not exists (
                select 1 from notifications.outstanding as other
                where other.batch = %(batch)s and not other.closes_batch
            )
        )
    -- What is new goes before edits of what is in the chat.
    order by is_edit, message_id
    limit 1
    -- Another bot's delivery may be claiming the same message: the later one finds it taken.
    for no key update
),

turn as (
    -- Who has nothing to say now, because the summary waits for others, lets other batches speak.
    select
        notifications.take_turn(
            %(bot_id)s, %(chat_id)s, %(priority)s, %(batch)s, %(holder)s, %(turn_lease)s
        ) as is_ours
    from head
),

moment as (
    select
        greatest(clock_timestamp(), head.not_before, allowed.chat_at) as chat_at,
        greatest(clock_timestamp(), head.not_before, allowed.chat_at, allowed.bot_at) as slot_at,
        coalesce(greatest(head.not_before, allowed.chat_at) <= clock_timestamp() + %(near)s, true) as is_near,
        exists(
            select 1 from notifications.attempts
            where bot_id = %(bot_id)s and chat_id = %(chat_id)s and finished_at is null
        ) as is_in_flight
    from
        notifications.earliest_moment(
            %(bot_id)s, %(chat_id)s, %(chat_gap)s, %(chat_window)s, %(chat_window_messages)s,
            %(bot_window)s, %(bot_window_messages)s
        ) as allowed
    left join head on true
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
        moment.slot_at,
        moment.slot_at + %(attempt_lease)s::interval,
        %(dag_id)s,
        %(run_id)s,
        %(try_number)s
    from head
    cross join turn
    cross join moment
    where
        turn.is_ours
        and not moment.is_in_flight
        and moment.is_near
        and moment.slot_at <= clock_timestamp() + %(ahead)s::interval
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
        message.reply_markup, message.receiver_user_id, message.picture,
        -- A short absence, as when a triggerer is restarted, costs nothing: Telegram keeps what was pressed.
        exists (
            select 1 from notifications.listeners
            where
                listeners.bot_id = %(bot_id)s
                and listeners.lease_until > clock_timestamp() - interval '10 minutes'
        ) as is_listened,
        -- A part that an edit has added stands apart from the others: it is a reply to the first.
        case
            when message.part > 1 and message.revision > 1
                then notifications.first_part_in_chat(message.message_id)
        end as reply_to_message_id
)

select
    claimed.*,
    moment.is_in_flight,
    moment.is_near,
    turn.is_ours is not null as has_message,
    coalesce(turn.is_ours, false) as has_turn,
    extract(
        epoch from case when moment.is_near then moment.slot_at else moment.chat_at end - clock_timestamp()
    )::double precision as wait_seconds
from moment
left join turn on true
left join claimed on true;

-- name: what_is_left
-- Whether the batch has more for a chat, and how long its closing message waits for the others.
select
    exists(
        select 1 from notifications.outstanding
        where
            batch = %(batch)s
            and destination = any(%(destinations)s)
            and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    ) as has_more,
    (
        select extract(epoch from max(waiting_since) + %(summary_wait)s::interval - clock_timestamp())
        from notifications.messages
        where batch = %(batch)s and closes_batch and state = 'stored'
    )::double precision as closes_in_seconds;

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

-- name: free_chats
-- Of chats in which others speak, those in which nobody does now; one question for all that wait.
select
    given.bot_id,
    given.chat_id
from unnest(%(bot_ids)s::bigint[], %(chat_ids)s::text[]) as given (bot_id, chat_id)
where
    not exists (
        select 1 from notifications.turns as held
        where
            held.bot_id = given.bot_id
            and held.chat_id = given.chat_id
            and held.holder <> %(holder)s
            and held.lease_until >= clock_timestamp()
            and held.priority <= %(priority)s
    )
    and not exists (
        select 1 from notifications.attempts as attempt
        where
            attempt.bot_id = given.bot_id
            and attempt.chat_id = given.chat_id
            and attempt.finished_at is null
            and attempt.lease_until >= clock_timestamp()
    );

-- name: renew_turn
-- The delivery that has just been answered speaks on, however long the answer took; with nothing more to say
-- here it lets others speak at once.
with remaining as (
    select
        exists(
            select 1 from notifications.outstanding
            where
                batch = %(batch)s
                and destination = any(%(destinations)s)
                and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
                and state = 'stored'
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

-- name: done_by_try
-- How many messages (parts) a try of a task has sent, and how many others it has edited.
select
    count(*) filter (where done.is_sent) as sent,
    count(*) filter (where not done.is_sent) as edited
from (
    select bool_or(not starts_with(attempt.method, 'edit')) as is_sent
    from notifications.messages as message
    inner join notifications.attempts as attempt on message.message_id = attempt.message_id
    where
        message.batch = %(batch)s
        and (%(subjects)s::text[] is null or message.subject = any(%(subjects)s::text[]))
        and message.state = 'sent'
        and attempt.dag_id = %(dag_id)s
        and attempt.run_id = %(run_id)s
        and attempt.try_number = %(try_number)s
        and attempt.result = 'sent'
    group by message.message_id
) as done;
