-- Groups that the bot has met.

-- name: note_group
-- What a group is called and what the bot is there.
insert into notifications.group_chats (chat_id, title, kind, bot_status)
values (%(chat_id)s::bigint, %(title)s::text, %(kind)s::text, %(bot_status)s::text)
on conflict (chat_id) do update set
    title = excluded.title,
    kind = excluded.kind,
    bot_status = excluded.bot_status,
    seen_at = clock_timestamp();

-- name: note_group_seen
-- A group in which somebody speaks to the bot: it is a member at least.
insert into notifications.group_chats (chat_id, title, kind, bot_status)
values (%(chat_id)s::bigint, %(title)s::text, %(kind)s::text, 'member')
on conflict (chat_id) do update set title = excluded.title, kind = excluded.kind, seen_at = clock_timestamp();

-- name: note_topic
-- A topic in which somebody has asked for its number.
insert into notifications.group_topics (chat_id, message_thread_id)
values (%(chat_id)s::bigint, %(message_thread_id)s::bigint)
on conflict (chat_id, message_thread_id) do update set seen_at = clock_timestamp();

-- name: groups_met
-- All of them, the latest first, with the topics seen there.
select
    chats.chat_id,
    chats.title,
    chats.kind,
    chats.bot_status,
    chats.seen_at,
    (
        select coalesce(array_agg(topics.message_thread_id order by topics.message_thread_id), '{}')
        from notifications.group_topics as topics
        where topics.chat_id = chats.chat_id
    ) as topics
from notifications.group_chats as chats
order by chats.seen_at desc, chats.chat_id asc
limit 200;
