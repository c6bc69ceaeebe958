-- Links that bind.

-- name: store_invitation
-- Notes a link by the hash of its token; a form that was sent twice makes one.
insert into notifications.invitations (token_hash, customer_id, made_by, expires_at)
values (
    %(token_hash)s::bytea,
    %(customer_id)s::bigint,
    %(made_by)s::text,
    clock_timestamp() + %(valid_for)s::interval
)
on conflict (token_hash) do update set token_hash = excluded.token_hash
returning invitation_id, expires_at;

-- name: find_invitation
-- The link of a token, locked: of two accounts that race for it one is the first.
select
    invitation_id,
    customer_id,
    used_by,
    expires_at <= clock_timestamp() as is_expired,
    used_at is not null as is_used,
    declined_at is not null as is_declined
from notifications.invitations
where token_hash = %(token_hash)s::bytea
for update;

-- name: lock_invitation
-- The same link once more, when its «Это вы?» is answered.
select
    invitation_id,
    customer_id,
    used_by,
    expires_at <= clock_timestamp() as is_expired,
    used_at is not null as is_used,
    declined_at is not null as is_declined
from notifications.invitations
where invitation_id = %(invitation_id)s::bigint
for update;

-- name: note_invitation_used
-- A link is used once.
update notifications.invitations
set used_at = clock_timestamp(), used_by = %(user_id)s::bigint, binding_id = %(binding_id)s::bigint
where invitation_id = %(invitation_id)s::bigint;

-- name: note_invitation_refused
-- Another account has tried a link that is used.
update notifications.invitations
set refused_count = refused_count + 1, refused_at = clock_timestamp()
where invitation_id = %(invitation_id)s::bigint;

-- name: note_invitation_declined
-- Whoever opened the link says that it is somebody else's.
update notifications.invitations
set declined_at = clock_timestamp()
where invitation_id = %(invitation_id)s::bigint and declined_at is null;

-- name: decline_used_invitations
-- «Это не я» after the binding: these links had come into wrong hands.
update notifications.invitations
set declined_at = clock_timestamp()
where used_by = %(user_id)s::bigint and declined_at is null;

-- name: erase_invitations
-- Links do not remember a person who has had everything deleted.
update notifications.invitations
set used_by = null
where used_by = %(user_id)s::bigint;
