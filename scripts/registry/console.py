"""What a pull says, and how a script of the registry starts and ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from .errors import Interrupted, PullError
from .text import visible

_log = logging.getLogger("stylize")


def say(text: str) -> None:
    """A line for the user, and one line only; standard output stays free for what was asked for."""
    _log.info(visible(text))


def complain(text: str) -> None:
    """A line that is shown with --quiet, too."""
    _log.error(visible(text))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def run(body: Callable[[], None], quiet: bool) -> int:
    """Runs a command's body and turns how it ends into an exit code and, if it failed, one line.

    `quiet` leaves only what went wrong.
    """
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.ERROR if quiet else logging.INFO)
    # Libraries log as well; theirs is not for the user.
    for library in ("urllib3", "requests", "gdown"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup and background jobs of scripts
            signal.signal(number, _interrupt)
    try:
        body()
    except PullError as error:
        complain(f"error: {error}")
        return 1
    except OSError as error:
        complain(
            f"error: {error.filename or 'disk'}: {error.strerror or error} (check the folder, its rights and its space)"
        )
        return 1
    except (Interrupted, KeyboardInterrupt) as interruption:
        say(f"interrupted{': ' if str(interruption) else ''}{interruption}")
        return 130
    except Exception as error:  # a fault of ours: still one line, which can be reported
        complain(f"error: unexpected: {type(error).__name__}: {error} (report this)")
        return 1
    return 0


def environment_seconds(name: str, default: float) -> float:
    """A positive number of seconds from the environment; anything else is the default."""
    try:
        value = float(os.environ.get(name, ""))
    except ValueError:
        return default
    return value if 0 < value < 1e6 else default
