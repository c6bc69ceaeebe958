-- Links lead to a bot by its username; the page on clients finds bindings that have ended.

alter table notifications.listeners
-- as Telegram knows the bot, without «@»
add column username text;

create index bindings_phone_ended on notifications.bindings (phone, binding_id desc)
where ended_at is not null;
create index bindings_of_customer_ended on notifications.bindings (customer_id, binding_id desc)
where ended_at is not null;
