"""Carries messages to people; ``channel.py`` is what delivery knows of any channel.

Each channel is a room of its own, or a file while it is small.  A room that is named as an Airflow connection's type
and has an ``address.py`` with :func:`address` serves the destinations that such connections lead to.
"""
