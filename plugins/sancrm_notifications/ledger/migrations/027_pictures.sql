-- A message may be a picture with a caption: its figures are kept, and drawn when it is sent. A column
-- without a default is made at once, however many rows there are.

alter table notifications.messages
add column picture jsonb;
