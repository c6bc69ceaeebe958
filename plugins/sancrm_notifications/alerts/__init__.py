"""Alerts of our own failures to those who run this: to whom, when, and in which words."""
