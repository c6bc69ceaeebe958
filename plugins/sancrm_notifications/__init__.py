"""Notifications of a service-centre CRM: numbers from PostgreSQL, messages in Russian, delivery to Telegram."""
