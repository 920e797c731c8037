"""How a pull or an import fails; none of these is ever shown as a traceback."""

from __future__ import annotations


class PullError(Exception):
    """The end of a pull or an import: what it is about, why it failed, what to do."""

    def __init__(self, subject: object, reason: str, remedy: str = "") -> None:
        super().__init__(f"{subject}: {reason}" + (f" ({remedy})" if remedy else ""))


class SourceError(Exception):
    """One source cannot give the file; the next one may."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class BodyRefused(SourceError):
    """The file is there, but it is not what was asked for; none of it may be used."""


class TryAgain(Exception):
    """A failure that may pass: what happened, how long the server asks to wait, how much it counts."""

    def __init__(self, reason: str, wait: float | None = None, weight: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.weight = weight


class Interrupted(BaseException):
    """SIGINT or SIGTERM. Like KeyboardInterrupt no Exception, so that nothing takes it for a failure."""
