"""Makes a style of yours from a file that you have; `stylize models import NAME --from FILE` calls this.

    .venv/bin/python scripts/import_model.py hayao --from hayao.pt --models-dir ~/.local/share/stylize/models

FILE is a checkpoint, or a style in TorchScript that scripts/export_*.py made. A name that the catalogue knows takes
its facts from --catalogue; a new one is taken for an AnimeGANv2 style of unknown licence. FILE stays as it is.
Exit codes: 0 done, 1 failed (one line says why), 2 wrong usage, 130 interrupted.
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
    from registry.entry import is_style_name, read_entry
    from registry.importing import Import, ImportOptions
except ModuleNotFoundError as error:
    if error.name is None or error.name.startswith("registry"):
        raise
    sys.exit(
        f"error: imports need the Python package {error.name}, which is not installed (run scripts/setup.sh --full)"
    )


def _parse() -> argparse.Namespace:
    summary, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", metavar="NAME", help="the style's name for --style")
    parser.add_argument("--from", dest="file", metavar="FILE", type=Path, required=True, help="checkpoint or style")
    parser.add_argument("--models-dir", metavar="DIR", type=Path, required=True, help="where to put the style")
    parser.add_argument("--catalogue", metavar="FILE.json", type=Path, help="the name's catalogue entry")
    parser.add_argument("--accept-new-hash", action="store_true", help="no warning about a file never seen before")
    parser.add_argument("--quiet", action="store_true", help="only say what went wrong")
    options = parser.parse_args()
    if not is_style_name(options.name):
        parser.error(f"not a style's name: {options.name!r} (use a-z, 0-9, '_', '.', '-'; a letter or digit first)")
    return options


def main() -> int:
    options = _parse()
    settings = ImportOptions(options.models_dir, options.file, options.accept_new_hash)
    return run(
        lambda: Import(options.name, read_entry(options.catalogue) if options.catalogue else None, settings).run(),
        options.quiet,
    )


if __name__ == "__main__":
    sys.exit(main())
