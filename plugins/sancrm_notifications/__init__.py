"""Notifications of a service-centre CRM: numbers from PostgreSQL, Russian messages, Telegram delivery."""

from sancrm_notifications.former_paths import install

install()
