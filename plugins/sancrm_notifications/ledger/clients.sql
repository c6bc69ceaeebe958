-- Clients as the office sees them: links that wait or went wrong, bindings, what is known of one client.

-- name: open_invitations
-- Links of the last month that can be used, or that somebody else has tried or turned down, newest first.
select
    invitation_id,
    customer_id,
    made_by,
    made_at,
    expires_at,
    used_at,
    declined_at,
    refused_count,
    expires_at <= clock_timestamp() as is_expired
from notifications.invitations
where
    invitation_id < %(before)s::bigint
    and made_at > clock_timestamp() - interval '31 days'
    and (
        (used_at is null and expires_at > clock_timestamp())
        or declined_at is not null
        or refused_count > 0
    )
order by invitation_id desc
limit %(most)s;

-- name: bindings_page
-- Bindings by their age, newest first; with a state those alone.
select
    binding_id,
    proof,
    customer_id,
    began_at,
    state,
    state_since,
    right(phone, 4) as phone_end
from notifications.client_bindings
where binding_id < %(before)s::bigint and (%(state)s::text is null or state = %(state)s::text)
order by binding_id desc
limit %(most)s;

-- name: bindings_of_client
-- Bindings of a customer or of these numbers: those that have not ended, and the latest that have.
with found as (
    select binding_id
    from notifications.bindings
    where customer_id = %(customer_id)s::bigint and ended_at is null
    union
    select binding_id
    from notifications.bindings
    where phone = any(%(phones)s::text[]) and ended_at is null
    union
    (
        select binding_id
        from notifications.bindings
        where customer_id = %(customer_id)s::bigint and ended_at is not null
        order by binding_id desc
        limit 1
    )
    union
    (
        select binding_id
        from notifications.bindings
        where phone = any(%(phones)s::text[]) and ended_at is not null
        order by binding_id desc
        limit 1
    )
)

select
    known.binding_id,
    known.proof,
    known.phone,
    known.customer_id,
    known.state,
    known.state_since,
    known.began_at
from notifications.client_bindings as known
inner join found on known.binding_id = found.binding_id
order by known.binding_id;

-- name: last_invitation
-- The latest link that was made for a customer.
select
    made_at,
    expires_at,
    used_at,
    declined_at,
    refused_count,
    expires_at <= clock_timestamp() as is_expired
from notifications.invitations
where customer_id = %(customer_id)s::bigint
order by invitation_id desc
limit 1;

-- name: last_message_to_client
-- The latest message that was meant for one of these bindings.
select
    state,
    stored_at
from notifications.messages
where destination = any(%(destinations)s::text[])
order by stored_at desc
limit 1;
