-- A batch of any size: what a chat gets next is found without reading what the batch has for others.

drop index notifications.messages_open;
create index messages_open on notifications.messages (batch, destination, message_id)
where state in ('stored', 'sending');

-- The closing message of a batch, while it waits for the others.
create index messages_closing on notifications.messages (batch)
where closes_batch and state = 'stored';
