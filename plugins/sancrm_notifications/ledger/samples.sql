-- Texts that the office has sent itself.

-- name: forget_samples
-- Those whose time is over.
delete from notifications.samples
where expires_at < clock_timestamp();

-- name: keep_sample
-- Keeps a text; a form that was sent twice keeps one.
insert into notifications.samples (token_hash, html, made_by, expires_at)
values (%(token_hash)s::bytea, %(html)s::text, %(made_by)s::text, clock_timestamp() + %(valid_for)s::interval)
on conflict (token_hash) do update set token_hash = excluded.token_hash
returning expires_at;

-- name: find_sample
-- The text that a link shows.
select html
from notifications.samples
where token_hash = %(token_hash)s::bytea and expires_at > clock_timestamp();
