-- The numbers at which a customer can be reached now.
--
-- grain:   one row per current phone of the customer
-- params:  customer_id  bigint
-- reads:   reporting.customer_phones
-- order:   phone
-- columns:
--   phone  text    personal, as it was typed

select phone
from reporting.customer_phones
where customer_id = %(customer_id)s::bigint and is_current
order by phone
