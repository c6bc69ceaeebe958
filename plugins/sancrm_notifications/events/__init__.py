"""Events of repairs: what the CRM records is seen once each, and what lasts is told by the notifications."""
