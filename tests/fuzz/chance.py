"""Where the chance of these tests comes from: repeatable, and told where a case fails."""

from __future__ import annotations

import os
import time
from random import Random

# CI tries the same cases each time, so that a change alone decides; other runs look further.
SEED = int(os.environ.get("ONCOFORM_FUZZ_SEED", 6 if "CI" in os.environ else time.time()))


def chance_of(case: object) -> Random:
    """Return the chance of one case of this run."""
    return Random(f"{SEED}-{case}")  # noqa: S311 -- repeatable, not secret
