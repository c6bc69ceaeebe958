-- Answers are messages of the ledger, to a chat by its number: a person's chat id is in no destination.

alter table notifications.chats
add column chat_number bigint generated always as identity unique;

alter table notifications.messages
-- the Bot API's own object: buttons that answer, a request for the contact
add column reply_markup jsonb,
-- the one member of a group who sees it
add column receiver_user_id bigint;
