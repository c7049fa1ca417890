"""Where the chance of these tests comes from: repeatable, and told where a case fails."""

import os
from random import Random

# Every run tries the same cases, so that a change alone decides; `make fuzz` tries others.
SEED = int(os.environ.get("ONCOFORM_FUZZ_SEED", "6"))


def chance_of(case: object) -> Random:
    """Return the chance of one case of this run."""
    return Random(f"{SEED}-{case}")  # noqa: S311 -- repeatable, not secret
