"""Notifications of a service-centre CRM: numbers from PostgreSQL, Russian messages, Telegram delivery."""
