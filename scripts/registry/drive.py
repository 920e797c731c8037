"""Files on Google Drive, which lie behind pages that ask whether one really wants them.

gdown knows these pages and follows their changes. The transfer itself is ours: gdown's own continues a part
without knowing whether it is of the same version, and gives up after a fixed number of cuts.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Mapping

import requests

from .addresses import refuse_downgrade
from .errors import SourceError
from .file_kind import quotable, title_of

_HOSTS = ("drive.google.com", "docs.google.com")
_PAGES = 4  # one page to confirm is usual
_PAGE_BYTES = 1_000_000
_BY_HAND = "open the address in a browser, then: stylize models import NAME --from FILE"

Get = Callable[[str, Mapping[str, str]], requests.Response]


def _refusal(page: str, detail: str) -> SourceError:
    """What Drive's page says, in our words."""
    lowered = page.lower()
    if "quota" in lowered or "too many users" in lowered:
        return SourceError(
            "Google Drive refuses for now: too many downloads of this file (quota exceeded)",
            f"wait up to a day, or {_BY_HAND}",
        )
    if "sign in" in lowered or "permission" in lowered or "accounts.google.com" in lowered:
        return SourceError("Google Drive refuses: the file is not open to everyone", _BY_HAND)
    said = title_of(page) or quotable(detail)
    return SourceError("Google Drive gives no link to the file" + (f": “{said}”" if said else ""), _BY_HAND)


class DriveLinks:
    """Opens Drive's files by way of its pages, with the given way to ask."""

    def __init__(self, get: Get) -> None:
        self._get = get

    @staticmethod
    def knows(url: str) -> bool:
        return urllib.parse.urlsplit(url).hostname in _HOSTS

    def open(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """The response with the file itself. Raises SourceError and what requests raises."""
        try:
            from gdown.download import get_url_from_gdrive_confirmation
            from gdown.exceptions import FileURLRetrievalError
            from gdown.parse_url import parse_url
        except ImportError:
            raise SourceError("Google Drive needs the Python package gdown", "run scripts/setup.sh --full") from None
        file_id, _ = parse_url(url)
        if not file_id:
            raise SourceError("not the address of one file on Google Drive")
        address = f"https://drive.google.com/uc?id={file_id}"
        asked = {**headers, "User-Agent": "Mozilla/5.0 (compatible; stylize)"}  # Drive answers browsers
        for _ in range(_PAGES):
            response = self._get(address, asked)
            # Failures are for the caller to sort; 416 is about the file.
            if "Content-Disposition" in response.headers or response.status_code not in (200, 206):
                return response
            with response:
                page = next(response.iter_content(_PAGE_BYTES), b"").decode("utf-8", "replace")
            if "accounts.google.com" in (urllib.parse.urlsplit(response.url).hostname or ""):
                raise _refusal("sign in", "")
            try:
                onward = get_url_from_gdrive_confirmation(page)
            except FileURLRetrievalError as error:
                raise _refusal(page, str(error)) from None
            refuse_downgrade(address, onward)
            address = onward
        raise SourceError("Google Drive asks again and again to confirm", _BY_HAND)
