-- A long history: what waits for a person is found at once, and so are texts that are old enough to go.

-- What can still be sent has a text: only what is settled may be erased.
alter table notifications.messages
add constraint messages_have_text_until_settled
check (html is not null or state not in ('stored', 'sending', 'parked'));

create index messages_waiting on notifications.messages (message_id)
where state in ('parked', 'held');

-- By the time of the text's last use, as erasing.sql reads it.
create index messages_with_text on notifications.messages (coalesce(sent_at, stored_at))
where html is not null;
