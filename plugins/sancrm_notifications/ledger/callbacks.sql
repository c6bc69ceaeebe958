-- Customers that staff have called: pressed under a missed call.

-- name: first_call
-- Who has called this customer first since an instant, under whichever message.
select
    message_id,
    repair_id,
    called_by,
    called_at
from notifications.callbacks
where repair_id = %(repair_id)s::bigint and called_at >= %(since)s::timestamptz
order by called_at, callback_id
limit 1;

-- name: note_called
-- Who has called whom.  A call under this message that was noted before is of an earlier wait: the customer
-- has come back on the list since.
insert into notifications.callbacks (repair_id, message_id, called_by, called_by_user_id)
values (
    %(repair_id)s::bigint, %(message_id)s::bigint, %(called_by)s::text, %(called_by_user_id)s::bigint
)
on conflict (message_id, repair_id) do update
    set
        called_by = excluded.called_by,
        called_by_user_id = excluded.called_by_user_id,
        called_at = excluded.called_at
returning
    message_id,
    repair_id,
    called_by,
    called_at;

-- name: called_since
-- Which customers have been called since an instant, the earliest first.
select
    message_id,
    repair_id,
    called_by,
    called_at
from notifications.callbacks
where called_at >= %(since)s::timestamptz
order by called_at, callback_id;
