"""The bot that listens: updates in, one effect each, answers out; who is bound to what, and in which words."""
