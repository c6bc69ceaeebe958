-- What clients write for staff, and what staff answer.

-- name: note_comment
-- Notes what a client wants.
insert into notifications.comments (kind, binding_id, repair_id, branch_id, text)
values (
    %(kind)s::text, %(binding_id)s::bigint, %(repair_id)s::bigint, %(branch_id)s::bigint, %(text)s::text
)
returning comment_id;

-- name: callback_known
-- Whether an account has asked of late to be called about a repair.
select comment.comment_id
from notifications.comments as comment
inner join notifications.bindings as binding on comment.binding_id = binding.binding_id
where
    binding.user_id = %(user_id)s::bigint
    and comment.kind = 'callback'
    and comment.repair_id is not distinct from %(repair_id)s::bigint
    and comment.written_at > clock_timestamp() - %(within)s::interval
order by comment.comment_id
limit 1;

-- name: assign_comment
-- Says of which repair an account's comment is, once.
update notifications.comments as comment
set repair_id = %(repair_id)s::bigint, branch_id = %(branch_id)s::bigint
from notifications.bindings as binding
where
    comment.comment_id = %(comment_id)s::bigint
    and comment.binding_id = binding.binding_id
    and binding.user_id = %(user_id)s::bigint
    and comment.repair_id is null
    and comment.branch_id is null;

-- name: comment
-- A comment, and the account that may be answered.
select
    comment.comment_id,
    comment.kind,
    comment.repair_id,
    comment.branch_id,
    comment.text,
    case when binding.ended_at is null and binding.blocked_at is null then binding.user_id end as user_id
from notifications.comments as comment
inner join notifications.bindings as binding on comment.binding_id = binding.binding_id
where comment.comment_id = %(comment_id)s::bigint;

-- name: note_reply
-- Notes what staff want to answer.
insert into notifications.replies (comment_id, text, written_by)
values (%(comment_id)s::bigint, %(text)s::text, %(written_by)s::text)
returning reply_id;

-- name: reply
-- An answer, locked: of two who press at once the second sees what the first has decided.
select
    reply_id,
    comment_id,
    text,
    decided_by
from notifications.replies
where reply_id = %(reply_id)s::bigint
for update;

-- name: decide_reply
-- Who has sent an answer, or dropped it.
update notifications.replies
set decided_by = %(decided_by)s::text, decided_at = clock_timestamp(), is_sent = %(is_sent)s::boolean
where reply_id = %(reply_id)s::bigint;

-- name: erase_replies_to
-- What an account was answered is forgotten.
update notifications.replies as reply
set text = null
from notifications.comments as comment
inner join notifications.bindings as binding on comment.binding_id = binding.binding_id
where reply.comment_id = comment.comment_id and binding.user_id = %(user_id)s::bigint;

-- name: erase_comments_of
-- What an account has written is forgotten.
update notifications.comments as comment
set text = null
from notifications.bindings as binding
where comment.binding_id = binding.binding_id and binding.user_id = %(user_id)s::bigint;

-- name: copied_comments
-- Which of these, by their places, a client has written here of late about that repair.
select asked.place
from
    unnest(%(repair_ids)s::bigint[], %(texts)s::text[])
    with ordinality as asked (repair_id, text, place)
where
    exists (
        select 1 from notifications.comments as comment
        where
            comment.repair_id = asked.repair_id
            and btrim(comment.text, E' \t\r\n') = btrim(asked.text, E' \t\r\n')
            and comment.written_at > clock_timestamp() - %(within)s::interval
    )
order by asked.place;
