-- What a claim needs to know, each piece by itself: what can be delivered, when Telegram's limits allow it,
-- and whose turn it is in a chat.  Priorities: 1 an answer to somebody who has just asked, 2 what is current,
-- 3 a backfill.

-- What a delivery can still bring into a chat, and what is on its way there.
create view notifications.outstanding as
select
    message_id,
    batch,
    subject,
    destination,
    state,
    not_before,
    closes_batch,
    waiting_since,
    -- of a text that is in the chat, or of a part that an edit has added
    telegram_message_id is not null or revision > 1 as is_edit
from notifications.messages
where state = 'sending' or (state = 'stored' and expires_at > clock_timestamp());

-- When the chat's own limits, and when the whole bot's, allow the next request; null: they allow it already.
-- What is reserved counts as well as what was sent.  Written so that PostgreSQL expands it where it is asked.
create function notifications.earliest_moment(
    for_bot_id bigint,
    for_chat_id text,
    chat_gap interval, -- between two messages in a chat
    chat_window interval, -- in which a chat takes so many messages
    chat_window_messages integer,
    bot_window interval, -- in which the bot may send so many messages
    bot_window_messages integer
) returns table (chat_at timestamptz, bot_at timestamptz)
language sql stable as $$
select
    greatest(
        -- Telegram said how long to leave the chat alone.
        (
            select chats.blocked_until from notifications.chats
            where chats.bot_id = for_bot_id and chats.chat_id = for_chat_id
        ),
        -- Telegram may have counted the last request at any moment until it answered: the gap begins at its end.
        (
            select coalesce(last.finished_at, last.slot_at) + chat_gap
            from notifications.attempts as last
            where last.bot_id = for_bot_id and last.chat_id = for_chat_id
            order by last.slot_at desc
            limit 1
        ),
        -- So many requests ago the window must be over; what was refused for the rate was not counted.
        (
            select coalesce(counted.finished_at, counted.slot_at) + chat_window
            from notifications.attempts as counted
            where
                counted.bot_id = for_bot_id
                and counted.chat_id = for_chat_id
                and counted.result is distinct from 'rate_limited'
            order by counted.slot_at desc
            limit 1 offset chat_window_messages - 1
        )
    ),
    -- The same for the bot.  A request that has not ended is taken to last as long as the latest ones that have,
    -- and to end after now.
    (
        select
            coalesce(
                counted.finished_at,
                greatest(
                    counted.slot_at + (
                        select least(coalesce(avg(ended.finished_at - ended.slot_at), interval '0'), bot_window)
                        from (
                            select
                                finished.finished_at,
                                finished.slot_at
                            from notifications.attempts as finished
                            where
                                finished.bot_id = for_bot_id
                                and finished.finished_at is not null
                                and finished.result <> 'unknown'
                            order by finished.slot_at desc
                            limit bot_window_messages
                        ) as ended
                    ),
                    clock_timestamp()
                )
            ) + bot_window
        from notifications.attempts as counted
        where counted.bot_id = for_bot_id
        order by counted.slot_at desc
        limit 1 offset bot_window_messages - 1
    )
$$;

-- A chat has a turn for each priority: who gives way keeps its own.  Turns last for seconds; those there are
-- now are taken anew.
delete from notifications.turns;
alter table notifications.turns
add column priority smallint not null check (priority between 1 and 3),
drop column is_backfill,
drop constraint turns_pkey,
add primary key (bot_id, chat_id, priority);

-- Takes or renews a delivery's turn in a chat; returns whether it may speak there now.
create function notifications.take_turn(
    for_bot_id bigint, for_chat_id text, with_priority integer, for_batch text, by_holder uuid, lease interval
) returns boolean
language plpgsql as $$
begin
    insert into notifications.turns as held (bot_id, chat_id, priority, batch, holder, lease_until)
    values (for_bot_id, for_chat_id, with_priority, for_batch, by_holder, clock_timestamp() + lease)
    on conflict (bot_id, chat_id, priority) do update
        set batch = excluded.batch, holder = excluded.holder, lease_until = excluded.lease_until
        where
            held.holder = excluded.holder
            or (
                held.lease_until < clock_timestamp()
                -- A request may take longer than a turn's lease; the note after it renews the turn.
                and not exists (
                    select 1 from notifications.attempts
                    where attempts.bot_id = for_bot_id and attempts.chat_id = for_chat_id and finished_at is null
                )
            );
    -- Of several that have a turn, the one that goes first by its priority speaks.
    return found and not exists (
        select 1 from notifications.turns as first
        where
            first.bot_id = for_bot_id
            and first.chat_id = for_chat_id
            and first.priority < with_priority
            and first.lease_until >= clock_timestamp()
    );
end
$$;

-- The number that a message's first part has in the chat, for what is a reply to it.
create function notifications.first_part_in_chat(for_message_id bigint) returns bigint
language sql stable as $$
    select first.telegram_message_id
    from notifications.messages as message
    inner join notifications.messages as first using (notification, period, subject, destination)
    where message.message_id = for_message_id and first.part = 1 and first.state <> 'preview'
$$;
