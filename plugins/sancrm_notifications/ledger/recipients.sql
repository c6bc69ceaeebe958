-- Who of the bound people is to be told something, and where they are.

-- name: willing_bindings
-- Open bindings of these numbers and customers whose people have agreed and have not stopped or blocked us.
select
    binding_id,
    user_id,
    proof,
    phone,
    customer_id,
    began_at,
    confirmed_at
from notifications.bindings
where
    (phone = any(%(phones)s::text[]) or customer_id = any(%(customer_ids)s::bigint[]))
    and ended_at is null
    and consented_at is not null
    and stopped_at is null
    and blocked_at is null
    and crowded_at is null
order by binding_id;

-- name: withhold_from_unwilling
-- What a batch has for people who have ended, stopped or blocked since is not sent.
update notifications.messages as message
set state = 'not_wanted', reason = 'the person is no longer bound, or wants no messages'
where
    message.batch = %(batch)s::text
    and message.state in ('stored', 'parked')
    and starts_with(message.destination, 'client:')
    and not exists (
        select 1 from notifications.bindings as binding
        where
            message.destination = 'client:' || binding.binding_id
            and binding.ended_at is null
            and binding.consented_at is not null
            and binding.stopped_at is null
            and binding.blocked_at is null
    );

-- name: client_chats
-- The chats of the people for whom a batch has something: a private chat has the number of its account.
select
    message.destination,
    min(binding.user_id) as user_id
from notifications.messages as message
inner join notifications.bindings as binding on message.destination = 'client:' || binding.binding_id
where
    message.batch = %(batch)s::text
    and message.state in ('stored', 'sending')
    and starts_with(message.destination, 'client:')
    and binding.user_id is not null
group by message.destination;

-- name: rest_blocked
-- People who have blocked the bot, by what Telegram said to a message: their bindings rest until they come
-- back, and nobody need act.
with refused as (
    select
        message.message_id,
        binding.user_id
    from notifications.messages as message
    inner join notifications.bindings as binding on message.destination = 'client:' || binding.binding_id
    where
        message.batch = %(batch)s::text
        and message.state = 'parked'
        and starts_with(message.destination, 'client:')
        and starts_with(coalesce(message.reason, ''), 'chat_gone')
),

resting as (
    update notifications.bindings as binding
    set blocked_at = coalesce(binding.blocked_at, clock_timestamp())
    from refused
    where binding.user_id = refused.user_id and binding.ended_at is null
)

update notifications.messages as message
set state = 'not_wanted', reason = 'the person has blocked the bot'
from refused
where message.message_id = refused.message_id;

-- name: is_anything_left
-- Whether a batch has something that could be sent now.
select exists(
    select 1 from notifications.messages
    where
        batch = %(batch)s::text
        and state = 'stored'
        and coalesce(not_before, stored_at) <= clock_timestamp()
) as is_any;

-- name: has_parked
-- Whether a run has tried anything of a batch that waits for a person now.
select exists(
    select 1 from notifications.messages as message
    inner join notifications.attempts as attempt on message.message_id = attempt.message_id
    where
        message.batch = %(batch)s::text
        and message.state = 'parked'
        and attempt.run_id = %(run_id)s::text
) as has_any;

-- name: stored_of_late
-- How many messages of a notification were stored within the last minute, by destination.
select
    destination,
    count(*) as number
from notifications.messages
where
    batch = %(batch)s::text
    and stored_at > clock_timestamp() - interval '1 minute'
group by destination;
