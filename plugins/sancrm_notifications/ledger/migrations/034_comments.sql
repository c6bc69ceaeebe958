-- What clients write for staff, and what staff answer them through the bot.

create table notifications.comments (
    comment_id bigint generated always as identity primary key,
    kind text not null check (kind in ('comment', 'callback')),
    binding_id bigint not null references notifications.bindings,
    -- null: of no one repair, or the client has not yet said of which
    repair_id bigint,
    branch_id bigint,
    -- null: «Перезвоните мне» says it all, or the text is forgotten
    text text,
    written_at timestamptz not null default clock_timestamp()
);

create index comments_binding on notifications.comments (binding_id);
create index comments_repair on notifications.comments (repair_id, written_at desc);
create index comments_written on notifications.comments (written_at) where text is not null;

create view notifications.client_comments as
select
    comment_id,
    kind,
    repair_id,
    branch_id,
    binding_id,
    text,
    written_at
from notifications.comments;

comment on view notifications.client_comments is
'For the CRM to read: what clients have written to the bot for staff, and who wants to be called';

-- An answer of staff: shown to them first, and sent to the client when one of them has confirmed it.
create table notifications.replies (
    reply_id bigint generated always as identity primary key,
    comment_id bigint not null references notifications.comments,
    -- null: the text is forgotten
    text text,
    written_by text not null,
    written_at timestamptz not null default clock_timestamp(),
    decided_by text,
    decided_at timestamptz,
    is_sent boolean not null default false,
    check ((decided_at is null) = (decided_by is null)),
    check (decided_at is not null or not is_sent)
);

create index replies_comment on notifications.replies (comment_id);
create index replies_written on notifications.replies (written_at) where text is not null;
