"""What the audit trail adds to a page, and to the store."""

import tempfile
from pathlib import Path
from unittest.mock import patch

from app.store import Audit
from bench.measure import pairs
from tests.live import Clinician, demo


def auditing() -> list[tuple[str, list[float]]]:
    """Compare the summary, read over real connections, with its event recorded and without."""
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as servers:
        person = Clinician(servers).launch("elena-martinez", "oncologist-owen")

        def summary() -> None:
            person.open("")
            assert person.page.status_code == 200

        def unrecorded() -> None:
            with patch.object(Audit, "add"):
                summary()

        return [("summary with audit trail / without", pairs(summary, unrecorded))]
