"""Answers about a metastasis go together as those about its primary do."""

from __future__ import annotations

from tests.forms.adjusting.primary_cancer import adjust

__all__ = ["adjust"]
