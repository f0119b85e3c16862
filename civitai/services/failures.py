"""The one exception of this package."""


class ServiceFailure(Exception):
    """A part could not be started or has died; the message is a sentence for whoever typed the command."""
