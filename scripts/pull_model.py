"""Downloads a style's checkpoint and makes it a style of yours; `stylize models pull NAME` calls this.

    .venv/bin/python scripts/pull_model.py models/face_paint_512_v2.json --models-dir ~/.local/share/stylize/models

A download that was cut or stopped is continued. What is neither finished nor of use lies in the folder's `.pull`.
Exit codes: 0 done, 1 failed (one line says why), 2 wrong usage, 130 interrupted.
Environment: the usual proxy variables, REQUESTS_CA_BUNDLE, and STYLIZE_PULL_TIMEOUT, the seconds to wait for a server
that sends nothing (30).
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

# Before there is anything to keep, Ctrl-C ends us as it ends any program: without a traceback.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    from registry.console import run
    from registry.entry import read_entry
    from registry.pull import Pull, PullOptions
except ModuleNotFoundError as error:  # the light set-up has none of them
    if error.name is None or error.name.startswith("registry"):
        raise
    sys.exit(
        f"error: downloads need the Python package {error.name}, which is not installed (run scripts/setup.sh --full)"
    )


def _parse() -> argparse.Namespace:
    summary, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("catalogue", metavar="CATALOGUE.json", type=Path, help="the style's catalogue entry")
    parser.add_argument("--models-dir", metavar="DIR", type=Path, required=True, help="where to put the style")
    parser.add_argument("--mirror", metavar="URL", default="", help="take the checkpoint from URL/ITS-NAME instead")
    parser.add_argument("--offline", action="store_true", help="no network: only finish what is downloaded")
    parser.add_argument("--accept-new-hash", action="store_true", help="trust a file that is not the one seen first")
    parser.add_argument("--no-progress", action="store_true", help="no bar, no progress lines")
    parser.add_argument("--quiet", action="store_true", help="only say what went wrong")
    return parser.parse_args()


def main() -> int:
    options = _parse()
    return run(
        lambda: Pull(
            read_entry(options.catalogue),
            PullOptions(
                models=options.models_dir,
                mirror=options.mirror,
                offline=options.offline,
                accept_new_hash=options.accept_new_hash,
                quiet=options.no_progress or options.quiet,
            ),
        ).run(),
        options.quiet,
    )


if __name__ == "__main__":
    sys.exit(main())
