"""Answers about a metastasis go together as those about its primary do."""

from tests.forms.adjusting.primary_cancer import adjust

__all__ = ["adjust"]
