"""Addresses of downloads: how they are shown, and which may follow which."""

from __future__ import annotations

import re
import urllib.parse

from .errors import SourceError


def shown(url: str) -> str:
    """A URL without the password that may be in it. Takes what is no URL as well."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return re.sub(r"//[^/]*@", "//", url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def scheme_of(url: str) -> str:
    """`http`, `https`, ..., in small letters. Raises SourceError for what is no URL."""
    try:
        return urllib.parse.urlsplit(url).scheme.lower()
    except ValueError as error:
        raise SourceError(f"not an address: {error}") from None


def refuse_downgrade(url: str, onward: str) -> None:
    """From https it goes on with https or not at all. Raises SourceError."""
    if scheme_of(url) == "https" and scheme_of(onward) != "https":
        raise SourceError(f"redirected to an address that is not secure: {shown(onward)}")
