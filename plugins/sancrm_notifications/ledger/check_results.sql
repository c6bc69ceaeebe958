-- What the checks have found last, line by line.

-- name: forget_check_results
-- Makes room for a group's new lines.
delete from notifications.checks
where group_name = %(group_name)s;

-- name: store_check_result
-- Writes one line down.
insert into notifications.checks (
    group_name, position, what, verdict, words, remedy, run_id
)
values (
    %(group_name)s, %(position)s, %(what)s, %(verdict)s, %(words)s, %(remedy)s, %(run_id)s
);

-- name: check_results
-- Every line there is, by group and in its order.
select
    group_name,
    what,
    verdict,
    words,
    remedy,
    run_id,
    checked_at
from notifications.checks
order by group_name, position;

-- name: store_chat_title
-- What a chat is called now.
insert into notifications.chat_titles (chat_id, title)
values (%(chat_id)s, %(chat_title)s)
on conflict (chat_id) do update set title = excluded.title, seen_at = excluded.seen_at;
