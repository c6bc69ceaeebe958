-- What the bot waits for in a conversation.

-- name: dialog
-- What was asked of a person last, if it still waits.
select
    waits_for,
    phone,
    invitation_id
from notifications.dialogs
where user_id = %(user_id)s::bigint and since > clock_timestamp() - %(patience)s::interval
for update;

-- name: wait_for
-- Notes what is asked of a person now, in place of what was asked before.
insert into notifications.dialogs (user_id, waits_for, phone, invitation_id, since)
values (
    %(user_id)s::bigint, %(waits_for)s::text, %(phone)s::text, %(invitation_id)s::bigint, clock_timestamp()
)
on conflict (user_id) do update set
    waits_for = excluded.waits_for,
    phone = excluded.phone,
    invitation_id = excluded.invitation_id,
    since = excluded.since;

-- name: wait_no_more
-- What was asked is answered.
update notifications.dialogs
set waits_for = null, phone = null, invitation_id = null, since = null
where user_id = %(user_id)s::bigint and waits_for is not null;

-- name: take_album
-- Of the many updates of one album the first is answered: it is the one that changes this row.
insert into notifications.dialogs (user_id, album)
values (%(user_id)s::bigint, %(album)s::text)
on conflict (user_id) do update
    set album = excluded.album
    where dialogs.album is distinct from excluded.album
returning user_id;

-- name: count_code_tries
-- How many codes that did not fit an account has sent within a day.
select count(*) as tries
from notifications.code_tries
where user_id = %(user_id)s::bigint and tried_at > clock_timestamp() - interval '1 day';

-- name: note_code_try
-- One more code that did not fit.
insert into notifications.code_tries (user_id)
values (%(user_id)s::bigint);

-- name: forget_code_tries
-- Tries of yesterday count no more.
delete from notifications.code_tries
where user_id = %(user_id)s::bigint and tried_at <= clock_timestamp() - interval '1 day';

-- name: erase_dialog
-- Nothing of a conversation is kept of a person who has had everything deleted.
delete from notifications.dialogs
where user_id = %(user_id)s::bigint;
