"""Errors for people at work: each message names the value that cannot stand and the way out."""


class InputError(ValueError):
    """What was given or asked for cannot be honoured; the message says what to change."""


class FolderError(InputError):
    """A folder or file is not what it should be: absent, foreign, newer, corrupt or of another kind."""


class UnknownWordError(InputError, KeyError):
    """A word has no row in the vocabulary."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0])


class UnknownAttributeError(InputError, KeyError):
    """Words have no such attribute, or nobody kept it."""

    def __str__(self) -> str:
        return str(self.args[0])


class NotConverged(UserWarning):
    """A solver stopped at its limit with residuals above the tolerance it was given."""


def require_positive(**counts: int) -> None:
    """Refuse counts below 1, by their names.

    >>> require_positive(words=3)
    """
    for name, count in counts.items():
        if count < 1:
            raise InputError(f"{name} must be at least 1, got {count}")
