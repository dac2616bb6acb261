"""Explorer: a page to look around in, which needs nothing but a browser."""

from .exploring import explore
from .page import Page

__all__ = ["Page", "explore"]
