"""What stops the demo: an exception whose message is the sentence to print."""


class DemoError(Exception):
    """The demo cannot go on; the message says what is wrong and what to do."""
