"""Silent change: what is written is what the person changed and reviewed, and nothing else."""

import copy

import pytest

from app.fhir.paths import items
from app.forms._registry import all_forms
from app.forms.ecog import Ecog
from tests.forms.cases import clinical_stage, concept
from tests.forms.views.clinician import (
    answers_in,
    assert_not_saved,
    changes_of,
    main_of,
    written,
)

every_form = pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda f: f.slug)
STAGE = "forms/tnm-stage/group"
WARD = {"url": "urn:ward", "valueString": "7B"}
CLOCK = {"extension": [{"url": "urn:clock", "valueString": "wall"}]}
CHANGED = "The chart changed since you opened this form"


@pytest.fixture
def stage(chart):
    """A stage that stands in the chart; its resources by id."""
    for resource in clinical_stage():
        chart.stored[f"Observation/{resource['id']}"] = resource
    return {name: chart.stored[f"Observation/{name}"] for name in ("t", "n", "m", "group")}


def somebody_changes(resource, **elements):
    """Let the chart hold something else from now on, as a newer version."""
    version = int(resource["meta"]["versionId"]) + 1
    resource.update(elements)
    resource["meta"] = {**resource["meta"], "versionId": str(version)}


@every_form
def test_of_an_entry_only_the_answer_that_was_changed_is_written(nancy, chart, form_class):
    nancy.saved(nancy.review(form_class))
    main = main_of(chart, form_class)
    own = [r for r in chart.stored.values() if r["id"].startswith("new-") and "target" not in r]
    for resource in own:
        resource["extension"] = [*resource.get("extension", []), WARD]
        resource |= {"language": "en", "_language": CLOCK, "contained": [{"id": "c"}]}
        resource["meta"] = {**resource["meta"], "tag": [{"code": "ward"}]}
    before = copy.deepcopy(chart.stored)
    chart.sent.clear()
    path = f"forms/{form_class.slug}/{main['id']}"
    shown = nancy.open(path)
    assert nancy.post(path, shown).status_code == 422
    assert "Nothing is changed" in nancy.words
    changed = _change_one(nancy, form_class, path, shown)
    assert chart.sent == []
    assert chart.stored == before
    nancy.press("save")
    for resource in written(chart):
        if "target" in resource:
            continue
        held = before.get(f"{resource['resourceType']}/{resource.get('id')}")
        if held is None:
            continue
        assert held != resource
        assert WARD in resource["extension"]
        for name in ("language", "_language", "contained", "subject", "patient"):
            assert resource.get(name) == held.get(name), name
        # Of what a person calls it by, the name may be the answer; the draft's own comes first.
        assert items(resource["identifier"])[0] == items(held["identifier"])[0]
        assert resource["meta"]["tag"] == held["meta"]["tag"]
    assert nancy.page.status_code == 303, nancy.words
    left = {n: v for n, v in answers_in(shown).items() if n not in changed}
    now = nancy.open(path)
    assert {name: now.get(name) for name in left} == left


def _change_one(nancy, form_class, path, shown) -> dict[str, str]:
    """Bring one changed answer as far as its review, and open that; return the changed inputs."""
    for changed in changes_of(form_class, shown):
        answer = nancy.post(path, {**shown, **changed})
        if answer.status_code == 303:
            nancy.get(answer.location)
            return changed
    raise AssertionError(f"no answer of {form_class.slug} can be changed by itself")


def test_unknown_elements_survive_a_change_to_the_letter(nancy, chart, stage, answers, server):
    for resource in stage.values():
        # As another system writes what the form asks too, and this person leaves as it is.
        resource["effectiveDateTime"] = "2026-03-20T14:05:00+01:00"
        local = {"system": "urn:registry", "code": "8", "userSelected": True}
        resource["method"]["coding"].append(local)
        resource["method"]["text"] = "Staged by the eighth edition"
    before = copy.deepcopy(stage)
    shown = nancy.open(STAGE)
    nancy.saved(nancy.enter(STAGE, {**shown, "t": answers.key("t", "cT3", "c")}))
    (sent,) = [r for r in written(chart) if r["resourceType"] == "Observation"]
    told = {"valueCodeableConcept", "status", "code", "meta"}
    assert sent["id"] == "t"
    assert {n: v for n, v in sent.items() if n not in told} == {
        n: v for n, v in before["t"].items() if n not in told
    }
    assert sent["valueCodeableConcept"]["text"] == "cT3"
    assert sent["status"] == "amended"
    for name in ("n", "m", "group"):
        assert chart.stored[f"Observation/{name}"] == before[name]


class TestTheChartChangesUnderAForm:
    def test_an_answer_that_was_not_touched_follows_the_chart(self, nancy, chart, stage, answers):
        t = answers.key("t", "cT3", "c")
        shown = nancy.open(STAGE)
        for resource in stage.values():
            somebody_changes(resource, effectiveDateTime="2026-03-21")
        answer = nancy.post(STAGE, {**shown, "t": t})
        assert answer.status_code == 409
        assert CHANGED in nancy.words
        assert "follows the chart: 21-Mar-2026" in nancy.words
        assert chart.sent == []
        now = nancy.inputs("entry")
        assert (now["t"], now["date-day"]) == (t, "21")
        nancy.saved(nancy.enter(STAGE, now))
        assert stage_dates(chart) == {"2026-03-21"}
        assert chart.stored["Observation/t"]["valueCodeableConcept"]["text"] == "cT3"

    def test_where_both_changed_an_answer_the_person_is_asked(self, nancy, chart, stage, answers):
        shown = nancy.open(STAGE)
        somebody_changes(stage["t"], valueCodeableConcept=category(answers, "cT4"))
        mine = {**shown, "t": answers.key("t", "cT3", "c")}
        assert nancy.post(STAGE, mine).status_code == 409
        assert "both you and somebody else changed it" in nancy.words
        again = nancy.inputs("entry")
        for _ in range(2):  # without a choice nothing goes on
            assert nancy.post(STAGE, again).status_code == 422
            assert "Choose between your answer and the chart's" in nancy.words
            again = nancy.inputs("entry")
        assert chart.sent == []
        assert nancy.post(STAGE, {**again, "resolve-t": "chart"}).status_code == 422
        assert "Nothing is changed" in nancy.words
        nancy.saved(nancy.enter(STAGE, {**again, "resolve-t": "mine"}))
        assert chart.stored["Observation/t"]["valueCodeableConcept"]["text"] == "cT3"

    def test_a_draft_is_told_of_it_when_it_is_continued(self, nancy, chart, stage, answers):
        shown = nancy.open(STAGE)
        nancy.post("forms/tnm-stage/draft", {**shown, "t": answers.key("t", "cT3", "c")})
        for resource in stage.values():
            somebody_changes(resource, effectiveDateTime="2026-03-21")
        now = nancy.open(STAGE)
        assert CHANGED in nancy.words
        assert now["date-day"] == "21"
        assert now["t"] == answers.key("t", "cT3", "c")

    def test_a_page_that_does_not_say_what_it_was_made_from_is_asked_about_all(
        self, nancy, chart, stage, answers
    ):
        shown = nancy.open(STAGE)
        for seen in ("", "nonsense", "[]", "{}"):
            sent = {**shown, "t": answers.key("t", "cT3", "c"), "seen": seen}
            assert nancy.post(STAGE, sent).status_code == 409
        assert chart.sent == []

    def test_a_retraction_is_shown_anew(self, nancy, chart, stage):
        nancy.get(f"{STAGE}/retract")
        somebody_changes(stage["n"], valueCodeableConcept=concept("1229978004", "cN3"))
        before = copy.deepcopy(stage)
        answer = nancy.press("entry")
        assert answer.status_code == 409
        assert "The chart changed since you opened this page" in nancy.words
        assert chart.sent == []
        assert stage == before


class TestTheChartChangesAfterTheReview:
    def test_a_newer_version_is_never_overwritten(
        self, nancy, chart, store, stage, answers, server
    ):
        shown = nancy.open(STAGE)
        review = nancy.enter(STAGE, {**shown, "t": answers.key("t", "cT3", "c")})
        somebody_changes(stage["t"], valueCodeableConcept=category(answers, "cT4"))
        before = copy.deepcopy(stage)
        assert_not_saved(nancy.save(review))
        assert "The chart changed, and nothing of yours was saved" in nancy.words
        assert stage == before
        assert nancy.receipts(store) == []
        now = nancy.open(STAGE)
        assert CHANGED in nancy.words
        assert "both you and somebody else changed it" in nancy.words
        assert now["t"] == answers.key("t", "cT3", "c")

    @pytest.mark.parametrize("theirs", [{"language": "en"}, {"note": [{"text": "theirs"}]}])
    @pytest.mark.parametrize("moment", ["before", "while"])
    def test_a_newer_version_that_lacks_a_note_alone_is_not_called_saved(
        self, nancy, chart, store, stage, server, moment, theirs
    ):
        shown = nancy.open(STAGE)
        review = nancy.enter(STAGE, {**shown, "note": "mine"})
        group = chart.stored[f"Observation/{STAGE.rpartition('/')[2]}"]

        def meanwhile(chart, bundle):
            chart.fault = None
            somebody_changes(group, **theirs)

        if moment == "while":
            chart.fault = meanwhile
        else:
            somebody_changes(group, **theirs)
        assert_not_saved(nancy.save(review))
        assert "mine" not in str(group)
        assert nancy.receipts(store) == []

    def test_a_retraction_of_a_newer_version_is_not_written(self, nancy, chart, stage, server):
        nancy.get(f"{STAGE}/retract")

        def meanwhile(chart, bundle):
            chart.fault = None
            somebody_changes(chart.stored["Observation/t"], note=[{"text": "theirs"}])

        chart.fault = meanwhile
        assert_not_saved(nancy.press("entry"))
        assert chart.stored["Observation/t"]["status"] == "final"
        assert chart.stored["Observation/t"]["note"] == [{"text": "theirs"}]

    def test_each_update_names_the_version_that_was_seen(
        self, nancy, chart, stage, answers, server
    ):
        shown = nancy.open(STAGE)
        changed = {"t": answers.key("t", "cT3", "c"), "n": answers.key("n", "cN2", "c")}
        nancy.saved(nancy.enter(STAGE, {**shown, **changed}))
        requests = [entry["request"] for sent in chart.sent for entry in sent.get("entry", [sent])]
        updates = {r["url"]: r["ifMatch"] for r in requests if r["method"] == "PUT"}
        assert updates == {"Observation/t": 'W/"3"', "Observation/n": 'W/"3"'}


class TestTheDraftChangesAfterTheReview:
    @pytest.fixture
    def reviewed(self, nancy):
        """A review that is open in one tab; its address and what its button sends."""
        answers = nancy.answered(Ecog)
        review = nancy.enter("forms/ecog/new", answers)
        nancy.get(review)
        return answers, review, nancy.inputs("save")

    def assert_reviewed_again(self, nancy, chart, review, shown):
        answer = nancy.post(review.replace("/review", "/save"), shown)
        assert answer.status_code == 409
        assert "The entry changed after you reviewed it" in nancy.words
        assert chart.sent == []

    def test_what_is_typed_later_is_not_sent(self, nancy, chart, reviewed):
        answers, review, shown = reviewed
        nancy.post("forms/ecog/draft", {**answers, "date-day": "2"})
        self.assert_reviewed_again(nancy, chart, review, shown)
        assert nancy.get(review).status_code == 409

    def test_what_another_tab_reviewed_is_not_sent(self, nancy, chart, reviewed):
        answers, review, shown = reviewed
        nancy.open("forms/ecog/new")
        other = nancy.enter("forms/ecog/new", {**answers, "date-day": "2"})
        assert other == review
        self.assert_reviewed_again(nancy, chart, review, shown)
        nancy.saved(review)
        assert main_of(chart, Ecog)["effectiveDateTime"].endswith("-02")

    @pytest.mark.parametrize("reviewed_as", ["", "0" * 64])
    def test_a_save_without_its_review_is_not_sent(self, nancy, chart, reviewed, reviewed_as):
        _, review, shown = reviewed
        self.assert_reviewed_again(nancy, chart, review, {**shown, "reviewed": reviewed_as})
        del shown["reviewed"]
        self.assert_reviewed_again(nancy, chart, review, shown)


def test_what_is_sent_is_what_the_review_showed(nancy, chart, stage, answers):
    before = copy.deepcopy(chart.stored)
    shown = nancy.open(STAGE)
    review = nancy.enter(STAGE, {**shown, "t": answers.key("t", "cT3", "c"), "note": "after MRI"})
    nancy.get(review)
    for words in ("cT2", "cT3", "after MRI"):
        assert words in nancy.words
    nancy.press("save")
    updates = [r for r in written(chart) if r["resourceType"] == "Observation"]
    changed = {
        name
        for resource in updates
        for name, value in resource.items()
        if before[f"Observation/{resource['id']}"].get(name) != value
    }
    assert changed == {"valueCodeableConcept", "status", "note"}


def test_a_retraction_changes_the_status_alone(nancy, chart, stage, server):
    before = copy.deepcopy(stage)
    nancy.get(f"{STAGE}/retract")
    nancy.press("entry", reason="another patient's report")
    assert nancy.page.status_code == 303, nancy.words
    nancy.get(nancy.page.location)
    assert "Entered in error, before: IIB" in nancy.words
    nancy.get("receipts/")
    assert "Entered in error, before: IIB" in nancy.words
    for name, was in before.items():
        now = chart.stored[f"Observation/{name}"]
        assert now["status"] == "entered-in-error"
        own = {"status", "meta"}
        assert {n: v for n, v in now.items() if n not in own} == {
            n: v for n, v in was.items() if n not in own
        }


def category(answers, label) -> dict:
    """Return a T category of the clinical stage as the chart would hold it."""
    system, code = answers.key("t", label, "c").split("|")[:2]
    return {"coding": [{"system": system, "code": code}], "text": label}


def stage_dates(chart) -> set[str]:
    return {chart.stored[f"Observation/{n}"]["effectiveDateTime"] for n in ("t", "n", "m", "group")}
