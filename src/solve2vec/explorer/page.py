"""The page: one file, with everything in it that it shows and does.

Words come from anybody's text.  They enter as JSON in which no ``<`` is left, and the page puts them nowhere but into
text nodes.  The browser is told to run the scripts of this file only, known by their sums, and to fetch nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from ..core.printing import printable
from ..core.storage import draft_file

SCRIPTS = ("geometry.js", "text.js", "page.js")  # in this order, behind Plotly's


@dataclass(frozen=True)
class Page:
    """What :func:`~solve2vec.explorer.explore` makes.

    Attributes
    ----------
    title : str
    contents : mapping
        All that the page shows, as JSON has it.
    """

    title: str
    contents: Mapping[str, Any]

    @property
    def html(self) -> str:
        """The whole page, some 5 MB more than its contents: Plotly's JavaScript is in it.

        Raises
        ------
        InputError
            If plotly is not installed.
        """
        scripts = [_plotly(), *map(_static, SCRIPTS)]
        parts = {
            "title": html.escape(printable(self.title)),
            "style": _static("page.css"),
            "hashes": " ".join(map(_sum, scripts)),
            "data": _inert(self.contents),
            "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
        }
        return re.sub(r"\[\[(\w+)\]\]", lambda place: parts[place[1]], _static("page.html"))

    def save(self, path: str | Path) -> Path:
        """Write the page, whole or not at all.

        Raises
        ------
        FolderError
            If ``path`` is a folder.
        InputError
            If plotly is not installed.
        """
        made = self.html.encode("utf-8")
        with draft_file(path) as draft:
            draft.write_bytes(made)
        return Path(path)


def _static(name: str) -> str:
    return (resources.files(__package__) / "static" / name).read_text("utf-8")


def _plotly() -> str:
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise InputError("the explorer needs plotly: pip install plotly") from error
    made: str = get_plotlyjs()
    return made.replace("\r\n", "\n")  # as a browser reads it, before it takes the sum


def _sum(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _inert(contents: Mapping[str, Any]) -> str:
    """JSON that ends no script and opens no tag; every letter that is not ASCII is spelled out."""
    return json.dumps(contents, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")
