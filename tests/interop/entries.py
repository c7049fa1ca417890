"""A chart for every form to refer to, on somebody else's server, and entries of every form."""

import json
import re
import uuid

from werkzeug.datastructures import MultiDict

from app.forms._registry import form_of
from tests.forms.changing import another
from tests.forms.patient import CHART, PATIENT
from tests.forms.sending import inputs
from tests.forms.test_every_form import subject_of
from tests.forms.valid import typical
from tests.interop.upstream import ONCOLOGIST, Upstream
from tests.live import Clinician, Demo

_OWN = {resource["id"]: f"{resource['resourceType']}/{resource['id']}" for resource in CHART}


class Chart:
    """The chart of a new patient: that of the forms' own tests, under ids of its own."""

    def __init__(self, server: Upstream) -> None:
        self.patient_id = server.new_patient(with_cancer=False)
        self._mark = uuid.uuid4().hex[:8]
        for resource in CHART:
            renamed = self.renamed(resource)
            server.put(
                {**renamed, "id": f"{self._mark}-{resource['id']}", "meta": self._meta(resource)}
            )
        self.about = f"{self._mark}-breast"

    def renamed(self, value):
        """Return a value in which references lead to this chart's resources."""
        text = json.dumps(value).replace(f"Patient/{PATIENT['id']}", f"Patient/{self.patient_id}")
        for id_, name in _OWN.items():
            text = text.replace(f'"{name}"', f'"{name.replace(id_, f"{self._mark}-{id_}")}"')
        return json.loads(text)

    def answers(self, slug: str) -> dict[str, str]:
        """Return the typical answers of a form about this patient."""
        form_class = form_of(slug)
        return self.renamed(typical(form_class, subject_of(form_class)))

    @staticmethod
    def _meta(resource: dict) -> dict:
        return {"profile": resource.get("meta", {}).get("profile", [])}


def enter(demo: Demo, chart: Chart, slug: str) -> tuple[Clinician, list[str]]:
    """Enter and save a form's typical entry; gives what was written, the main resource first."""
    about = f"?about={chart.about}" if form_of(slug).about == "primary" else ""
    clinician = Clinician(demo).launch(chart.patient_id, ONCOLOGIST)
    clinician.open(f"forms/{slug}/new{about}")
    answer(clinician, chart.answers(slug))
    written = clinician.send("save").written()
    main = form_of(slug).parts[-1]
    place = [r for r in written if r.startswith(f"{main.type}/")][-1]
    return clinician, [place, *(r for r in written if r != place)]


def amend(clinician: Clinician, slug: str, main: str) -> list[str]:
    """Change one answer of an entry and save; gives what was written."""
    form = form_of(slug)()
    held = clinician.open(f"forms/{slug}/{main.partition('/')[2]}").inputs()
    for item in form.asked.values():
        item.process(MultiDict(held))
        other = another(item)
        # Words alone are taken too, but then the validator asks for a code.
        if not item.target or other is None or other.endswith("||other words"):
            continue
        answer(clinician, held | inputs(item, other), sure=False)
        if "Review before saving" in clinician.text:
            return clinician.send("save").written()
    raise AssertionError(f"no answer of {slug} can be changed by itself: {clinician.text}")


def retract(clinician: Clinician, slug: str, main: str) -> list[str]:
    """Mark an entry as entered in error; gives what was written."""
    clinician.open(f"forms/{slug}/{main.partition('/')[2]}/retract")
    return clinician.send(reason="another patient's report").written()


def answer(clinician: Clinician, answers: dict[str, str], *, sure: bool = True) -> None:
    """Send answers, and confirm whatever is asked about them; `sure` of coming to the review."""
    clinician.send(**answers)
    questions = re.findall(r'name="(confirm-[\w-]+)"', clinician.page.text)
    if questions:
        clinician.send(**dict.fromkeys(questions, "yes"))
    assert not sure or "Review before saving" in clinician.text, clinician.text
