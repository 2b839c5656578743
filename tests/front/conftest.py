"""The edge of each front."""

from tests.front.edge import edge

__all__ = ["edge"]
