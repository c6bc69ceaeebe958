-- A chat's turn belongs to one delivery, not only to its batch: several of one batch share its chats.

delete from notifications.turns;

alter table notifications.turns
add column holder uuid not null;
