"""Where the hub is and which key opens it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple, Optional

from .errors import HubUnreachable


class Address(NamedTuple):
    url: str
    key: str


def find_hub(url: Optional[str] = None, key: Optional[str] = None) -> Address:
    """What is given, else GRANGER_URL and GRANGER_KEY, else what a hub on this machine has left in its data folder
    (GRANGER_DATA, or ./data): `hub.json` and `admin.key`.

    Raises HubUnreachable, which says what is missing.
    """
    data = Path(os.environ.get("GRANGER_DATA", "data"))
    return Address(
        url=(url or os.environ.get("GRANGER_URL") or _url_in(data)).rstrip("/"),
        key=key or os.environ.get("GRANGER_KEY") or _key_in(data),
    )


def _url_in(data: Path) -> str:
    try:
        return str(json.loads((data / "hub.json").read_text("utf-8"))["url"])
    except (OSError, ValueError, KeyError) as error:
        raise HubUnreachable(f"No hub runs on {data.resolve()}: set GRANGER_URL, or GRANGER_DATA to the data folder of the hub.") from error


def _key_in(data: Path) -> str:
    try:
        return (data / "admin.key").read_text("utf-8").strip()
    except OSError as error:
        raise HubUnreachable(f"There is no key: set GRANGER_KEY, or GRANGER_DATA to the data folder of the hub ({error}).") from error
