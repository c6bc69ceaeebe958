-- Which bot has sent a message: only it can edit it, and another's numbers may mean other messages.

alter table notifications.messages
add column sent_bot_id bigint;

update notifications.messages as message
set sent_bot_id = attempt.bot_id
from notifications.attempts as attempt
where attempt.message_id = message.message_id and attempt.result = 'sent';
