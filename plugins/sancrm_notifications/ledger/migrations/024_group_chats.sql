-- Groups that the bot has met, and customers that staff have called.

create table notifications.group_chats (
    chat_id bigint primary key,
    title text not null,
    kind text not null,
    -- what the bot is there: member, administrator, left, kicked, restricted
    bot_status text not null,
    seen_at timestamptz not null default clock_timestamp()
);

-- Topics of groups in which somebody has asked «/id».
create table notifications.group_topics (
    chat_id bigint not null references notifications.group_chats,
    message_thread_id bigint not null,
    seen_at timestamptz not null default clock_timestamp(),
    primary key (chat_id, message_thread_id)
);

create table notifications.callbacks (
    callback_id bigint generated always as identity primary key,
    repair_id bigint not null,
    message_id bigint not null references notifications.messages,
    -- as the group knows them; an anonymous administrator has no account
    called_by text not null,
    called_by_user_id bigint,
    called_at timestamptz not null default clock_timestamp(),
    unique (message_id, repair_id)
);

create index callbacks_called on notifications.callbacks (called_at);
create index callbacks_repair on notifications.callbacks (repair_id, called_at desc);

create view notifications.callbacks_done as
select
    repair_id,
    called_by,
    called_at
from notifications.callbacks;

comment on view notifications.callbacks_done is
'For the CRM to read: whom staff have called, and when';
