-- Who is bound to which customers.

-- name: open_bindings
-- Those of one account that have not ended, locked: two updates of one person are one behind the other.
select
    binding_id,
    proof,
    phone,
    customer_id,
    began_at,
    confirmed_at,
    consented_at,
    stopped_at,
    blocked_at,
    crowded_at
from notifications.bindings
where user_id = %(user_id)s::bigint and ended_at is null
order by binding_id
for update;

-- name: supersede_number
-- A number is its last bearer's: whoever shared it before is no longer bound by it.
update notifications.bindings
set ended_at = clock_timestamp(), end_reason = 'superseded'
where phone = %(phone)s::text and user_id <> %(user_id)s::bigint and ended_at is null;

-- name: leave_other_numbers
-- An account has one number: what it shared before it changed is no longer its own.
update notifications.bindings
set ended_at = clock_timestamp(), end_reason = 'other_number'
where user_id = %(user_id)s::bigint and phone <> %(phone)s::text and ended_at is null;

-- name: bind_contact
-- Binds a number to an account, or confirms it.
insert into notifications.bindings (proof, user_id, phone)
values ('contact', %(user_id)s::bigint, %(phone)s::text)
on conflict (user_id, phone) where ended_at is null and proof = 'contact'
do update set confirmed_at = clock_timestamp(), blocked_at = null
returning binding_id;

-- name: bind_customer
-- Binds one customer to an account, by a link or by the code of a repair of a shared number.
insert into notifications.bindings (proof, user_id, phone, customer_id)
values (%(proof)s::text, %(user_id)s::bigint, %(phone)s::text, %(customer_id)s::bigint)
on conflict (user_id, customer_id) where ended_at is null and proof in ('link', 'code')
do update set confirmed_at = clock_timestamp(), blocked_at = null
returning binding_id;

-- name: note_crowded
-- Notes which numbers of an account have come to have too many customers, and which no longer do.
update notifications.bindings
set crowded_at = case when phone = any(%(phones)s::text[]) then coalesce(crowded_at, clock_timestamp()) end
where
    user_id = %(user_id)s::bigint
    and ended_at is null
    and proof = 'contact'
    and (crowded_at is not null) <> (phone = any(%(phones)s::text[]));

-- name: note_consent
-- The person has agreed to be written to, to this version of the words.
update notifications.bindings
set consented_at = clock_timestamp(), consent_version = %(version)s::text
where user_id = %(user_id)s::bigint and ended_at is null and consented_at is null;

-- name: inherit_wishes
-- What a person has agreed to, or stopped, holds for a further binding of the account too.
update notifications.bindings as further
set
    consented_at = earlier.consented_at,
    consent_version = earlier.consent_version,
    stopped_at = earlier.stopped_at
from (
    select
        consented_at,
        consent_version,
        stopped_at
    from notifications.bindings
    where user_id = %(user_id)s::bigint and ended_at is null
    order by binding_id
    limit 1
) as earlier
where
    further.user_id = %(user_id)s::bigint
    and further.ended_at is null
    and further.consented_at is null;

-- name: note_stopped
-- From now on nothing is started with this person.
update notifications.bindings
set stopped_at = coalesce(stopped_at, clock_timestamp())
where user_id = %(user_id)s::bigint and ended_at is null
returning binding_id;

-- name: note_resumed
-- The person has opened the bot again.
update notifications.bindings
set stopped_at = null, blocked_at = null
where
    user_id = %(user_id)s::bigint
    and ended_at is null
    and (stopped_at is not null or blocked_at is not null);

-- name: note_blocked
-- The person has blocked the bot.
update notifications.bindings
set blocked_at = coalesce(blocked_at, clock_timestamp())
where user_id = %(user_id)s::bigint and ended_at is null
returning binding_id;

-- name: note_unblocked
-- Whoever writes to the bot has not blocked it.
update notifications.bindings
set blocked_at = null
where user_id = %(user_id)s::bigint and ended_at is null and blocked_at is not null;

-- name: end_bindings
-- «Это не я»: nothing of it is this person's.
update notifications.bindings
set ended_at = clock_timestamp(), end_reason = 'not_me'
where user_id = %(user_id)s::bigint and ended_at is null
returning binding_id;

-- name: binding_ids
-- All bindings that an account has, or has had.
select binding_id
from notifications.bindings
where user_id = %(user_id)s::bigint
order by binding_id;

-- name: erase_bindings
-- Of an account's bindings a row without phone, account and customer is left.
update notifications.bindings
set
    ended_at = coalesce(ended_at, clock_timestamp()),
    end_reason = 'deleted',
    user_id = null,
    phone = null,
    customer_id = null,
    consented_at = null,
    consent_version = null
where user_id = %(user_id)s::bigint;

-- name: withhold_messages
-- What is stored for these people is not sent any more.
update notifications.messages
set state = 'not_wanted', reason = %(reason)s::text
where destination = any(%(destinations)s::text[]) and state in ('stored', 'parked', 'held');

-- name: erase_messages
-- Texts to these people are forgotten, and where they went to.
update notifications.messages
set html = null, rich_html = null, buttons = '[]', chat_id = null
where
    (destination = any(%(destinations)s::text[]) or chat_id = %(user_id)s::bigint::text)
    and state <> 'sending';
