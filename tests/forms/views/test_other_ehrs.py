"""EHRs that add, leave out, lag, or do not look at If-Match: what a save says and does there."""

import json
import re
from pathlib import Path

import pytest
import requests

from app.forms._registry import all_forms
from app.forms.adverse_event import AdverseEvent
from app.forms.ecog import Ecog
from app.forms.surgical_procedure import SurgicalProcedure
from app.forms.tnm_stage import TnmStage
from app.forms.tumor_marker_test import TumorMarkerTest
from tests.forms import chart as charts
from tests.forms.cases import clinical_stage
from tests.forms.chart import half, lagging, refused
from tests.forms.views.clinician import assert_not_saved, assert_saved, copies, main_of, written
from tests.forms.views.test_false_saved import main_and_twins, no_identifier, other_value, rewriting
from tests.forms.views.test_lost_entry import offered
from tests.forms.views.test_silent_change import STAGE, somebody_changes

CASES = Path(__file__).parents[4] / "shared" / "cases"
NOT_KNOWN = "It is not known whether this was saved"
several = pytest.mark.parametrize(
    "form_class", [Ecog, TnmStage, AdverseEvent], ids=lambda f: f.slug
)


def assert_once(chart, form_class):
    assert set(copies(chart).values()) <= {1}
    assert len(main_and_twins(chart, form_class)) == 1
    assert len(chart.of_type("Provenance")) <= 1


class TestAnEhrThatAdds:
    @pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda f: f.slug)
    def test_whatever_it_adds_an_entry_is_saved_and_once(self, nancy, chart, form_class):
        review = nancy.review(form_class)

        def keep(resource):
            for change in charts.ADDITIONS[:4]:
                change(resource)

        chart.keep = keep
        receipt = nancy.saved(review)
        nancy.get(receipt)
        assert "Saved to the chart" in nancy.words
        assert "left out" not in nancy.words
        assert len(chart.of_type("Provenance")) == 1
        assert nancy.get(review).status_code == 410

    def test_what_it_leaves_out_is_told(self, nancy, chart):
        review = nancy.review(Ecog, note="Walks with a stick")
        chart.keep = lambda resource: resource.pop("note", None)
        nancy.get(nancy.saved(review))
        assert "Saved. The EHR left out the note." in nancy.words

    @pytest.mark.parametrize("form_class", [Ecog, TnmStage, SurgicalProcedure])
    def test_a_fact_without_its_date_is_another_one_and_not_called_saved(
        self, nancy, chart, store, form_class
    ):
        """A summary would take the older, dated one for what is so at present."""

        def undated(resource):
            for name in [*resource]:
                if name.startswith(("effective", "performed")):
                    del resource[name]

        chart.keep = undated
        assert_not_saved(nancy.save(nancy.review(form_class)))
        assert "The chart holds something else than you sent" in nancy.words
        assert re.search(r"(date|time): you entered .* it holds No data", nancy.words)
        assert nancy.receipts(store) == []
        assert_not_saved(nancy.press("save"))
        assert_once(chart, form_class)

    def test_an_amendment_is_saved_among_its_additions(self, nancy, chart, answers, server):
        for resource in clinical_stage():
            charts.add_identifier(resource)
            chart.store(f"Observation/{resource['id']}", resource)
        chart.keep = charts.add_coding
        shown = nancy.open(STAGE)
        nancy.saved(nancy.enter(STAGE, {**shown, "t": answers.key("t", "cT3", "c")}))
        assert len(chart.of_type("Provenance")) == 1

    def test_another_meaning_is_told_in_words_and_can_be_closed(self, nancy, chart, store):
        review = nancy.review(Ecog)
        chart.fault = rewriting(other_value)
        assert_not_saved(nancy.save(review))
        assert "The chart holds something else than you sent" in nancy.words
        assert "ECOG performance status: kind: you entered" in nancy.words
        assert "it holds else" in nancy.words
        sent = len(chart.sent)
        for _ in range(3):
            assert_not_saved(nancy.save(review))
        assert len(chart.sent) == sent
        for path in ("forms/", "forms/ecog/new", review):
            nancy.get(path)
            assert "not in the chart" not in nancy.words
            assert "in the chart in part, or otherwise" in nancy.words or path == "forms/ecog/new"
        assert "Nothing is in the chart yet" not in nancy.words
        closed = nancy.press("discard")
        nancy.get(closed.location)
        assert "The chart holds something else than you entered" in nancy.words
        assert "Saved to the chart" not in nancy.words
        assert offered(nancy) == []
        assert nancy.get(review).status_code == 410
        assert "saved already" not in nancy.words


class TestALostAnswer:
    @several
    @pytest.mark.parametrize("keeps", [True, False], ids=["", "keeps no identifiers"])
    def test_within_the_lag_no_press_makes_a_second_copy(
        self, nancy, chart, store, server, form_class, keeps
    ):
        review = nancy.review(form_class)
        chart.fault = lagging
        chart.keep = None if keeps else no_identifier
        assert_not_saved(nancy.save(review))
        assert "it is not known whether" in nancy.words.lower()
        chart.fault = None
        sent = len(chart.sent)
        for _ in range(3):
            assert_not_saved(nancy.press("save"))
            assert "it is not known whether" in nancy.words.lower()
            assert "send it again" in nancy.words
        assert len(chart.sent) == sent
        assert nancy.receipts(store) == []
        chart.unindexed.clear()
        for resource in chart.stored.values():
            if resource["id"].startswith("new-"):
                resource["meta"]["lastUpdated"] = "2030-01-01T00:00:00Z"
        assert_saved(nancy.press("save"))
        assert_once(chart, form_class)

    def test_an_older_twin_is_not_taken_for_it(self, nancy, chart, store):
        nancy.saved(nancy.review(Ecog))
        (twin,) = main_and_twins(chart, Ecog)
        twin["meta"]["lastUpdated"] = "2020-01-01T00:00:00Z"
        twin["identifier"] = [{"system": "urn:ehr", "value": "1"}]
        answers = nancy.answered(Ecog)
        asked = {f"confirm-{key}": "yes" for key in ("duplicate", "same-day")}
        review = nancy.enter("forms/ecog/new", {**answers, **asked})
        chart.fault = charts.dropped
        assert_not_saved(nancy.save(review))
        chart.fault = None
        assert_not_saved(nancy.press("save"))
        assert NOT_KNOWN in nancy.words
        assert_saved(nancy.press("save", absent="yes"))
        assert len(main_and_twins(chart, Ecog)) == 2

    @pytest.mark.parametrize("answer", ["short", "page"])
    def test_it_is_looked_for_by_the_ids_of_whatever_came(self, nancy, chart, store, answer):
        review = nancy.review(Ecog)

        def fault(chart, bundle):
            before = {*chart.stored}
            told = chart.apply(bundle)
            chart.unindexed |= {*chart.stored} - before
            if answer == "short":
                return 200, {}, json.dumps({"resourceType": "Bundle", "entry": told[:1]})
            location = told[0]["response"]["location"]
            return 201, {"Location": f"https://proxy.example/x/{location}"}, "<html>"

        chart.fault, chart.keep = fault, no_identifier
        assert_saved(nancy.save(review))
        assert_once(chart, Ecog)

    @pytest.mark.parametrize(
        ("form_class", "status"),
        [(form, 500) for form in (Ecog, TnmStage, AdverseEvent)]
        + [(Ecog, status) for status in (408, 502, 503, 504)],
    )
    def test_a_fault_after_all_was_stored_makes_no_second_copy(
        self, nancy, chart, server, form_class, status
    ):
        review = nancy.review(form_class)

        def fault(chart, bundle):
            with pytest.raises(requests.ReadTimeout):
                lagging(chart, bundle)
            return refused(status, "the index is not ready")(chart, bundle)

        chart.fault = fault
        assert_not_saved(nancy.save(review))
        assert NOT_KNOWN in nancy.words
        assert "The EHR said: the index is not ready" in nancy.words
        sent = len(chart.sent)
        chart.fault = None
        for _ in range(2):
            assert_not_saved(nancy.press("save"))
            assert NOT_KNOWN in nancy.words
        assert len(chart.sent) == sent
        chart.unindexed.clear()
        assert_saved(nancy.press("save", absent="yes"))
        assert_once(chart, form_class)

    @pytest.mark.parametrize("status", ["500 Internal Server Error", "503", "408"])
    def test_a_fault_at_one_record_of_an_answered_transaction_proves_nothing(
        self, nancy, chart, status
    ):
        review = nancy.review(TnmStage)

        def fault(chart, bundle):
            before = {*chart.stored}
            answers = chart.apply(bundle)
            last = f"Observation/{chart.of_type('Observation')[-1]['id']}"
            assert last not in before
            chart.unindexed.add(last)
            answers[3] = {"response": {"status": status}}
            return 200, {}, json.dumps({"resourceType": "Bundle", "entry": answers})

        chart.fault = fault
        assert_not_saved(nancy.save(review))
        assert "it is not known whether the rest was saved" in nancy.words
        chart.fault = None
        assert_not_saved(nancy.press("save"))
        chart.unindexed.clear()
        assert_saved(nancy.press("save"))
        assert_once(chart, TnmStage)

    def test_an_amendment_is_read_by_its_id_and_may_be_sent_again(self, nancy, chart, answers):
        for resource in clinical_stage():
            chart.store(f"Observation/{resource['id']}", resource)
        shown = nancy.open(STAGE)
        review = nancy.enter(STAGE, {**shown, "t": answers.key("t", "cT3", "c")})
        chart.fault = charts.dropped
        assert_not_saved(nancy.save(review))
        chart.fault = None
        assert_saved(nancy.press("save"))
        assert chart.stored["Observation/t"]["meta"]["versionId"] == "4"

    def test_one_who_looked_may_close_it(self, nancy, chart, store):
        review = nancy.review(Ecog)
        chart.fault = lagging
        assert_not_saved(nancy.save(review))
        assert nancy.press("discard").status_code == 409
        nancy.save(review)
        assert nancy.press("discard", looked="yes").status_code == 303
        assert offered(nancy) == []
        assert_once(chart, Ecog)


class TestAPartThatIsStored:
    def test_is_closed_with_the_truth_told(self, nancy, chart, store):
        review = nancy.review(TnmStage)
        chart.fault = half(2, 422)
        assert_not_saved(nancy.save(review))
        for _ in range(2):
            chart.fault = refused(422, "no nodes here")
            assert_not_saved(nancy.press("save"))
            assert "Only a part was saved" in nancy.words
            assert "Close this entry, with the rest not saved" in nancy.words
        nancy.get("forms/")
        assert "not in the chart" not in nancy.words
        nancy.save(review)
        nancy.get(nancy.press("discard", looked="yes").location)
        assert "Only a part is in the chart" in nancy.words
        assert "Saved to the chart" not in nancy.words
        assert "2 records were written" in nancy.words
        assert "Distant metastases (M), TNM stage group" in nancy.words
        assert offered(nancy) == []
        nancy.get(review)
        assert "This entry is closed" in nancy.words


class TestIfMatchIgnored:
    @pytest.fixture
    def review(self, nancy, chart, answers):
        chart.heeds_if_match = False
        for resource in clinical_stage():
            chart.store(f"Observation/{resource['id']}", resource)
        shown = nancy.open(STAGE)
        return nancy.enter(STAGE, {**shown, "t": answers.key("t", "cT3", "c")})

    def test_what_stands_in_the_chart_is_read_before_sending(self, nancy, chart, server, review):
        theirs = chart.stored["Observation/t"]
        somebody_changes(theirs, note=[{"text": "theirs"}])
        assert_not_saved(nancy.save(review))
        assert "The chart changed, and nothing of yours was saved" in nancy.words
        assert chart.sent == []
        assert chart.stored["Observation/t"]["note"] == [{"text": "theirs"}]

    def test_what_was_overwritten_in_the_last_moment_is_told(self, nancy, chart, server, review):
        def meanwhile(chart, bundle):
            chart.fault = None
            theirs = {**chart.stored["Observation/t"], "note": [{"text": "read as T4"}]}
            chart.store("Observation/t", {**theirs, "meta": {"versionId": "4"}})

        chart.fault = meanwhile
        nancy.get(nancy.saved(review))
        assert "is overwritten: Note: read as T4." in nancy.words

    def test_a_version_of_the_ehr_s_own_overwrites_nothing(self, nancy, chart, server, review):
        def twice(resource):
            if resource["id"] == "t":
                chart.store("Observation/t", resource)
                version = int(resource["meta"]["versionId"]) + 1
                resource["meta"] = {**resource["meta"], "versionId": str(version)}

        chart.keep = twice
        nancy.get(nancy.saved(review))
        assert chart.stored["Observation/t"]["meta"]["versionId"] == "5"
        assert "overwritten" not in nancy.words


class TestSubsetted:
    @pytest.fixture
    def marker(self, nancy, chart):
        nancy.saved(nancy.review(TumorMarkerTest))
        held = main_of(chart, TumorMarkerTest)
        held["note"] = [{"text": "drawn fasting"}]
        held["referenceRange"] = [{"text": "below 4"}]
        chart.sent.clear()
        chart.subset = ("note", "referenceRange", "interpretation")
        return f"forms/tumor-marker-test/{held['id']}", held

    def test_what_is_amended_is_read_whole(self, nancy, chart, marker):
        path, _ = marker
        shown = nancy.open(path)
        assert "drawn fasting" in nancy.page.text
        assert_saved(nancy.save(nancy.enter(path, {**shown, "number": "5.00"})))
        (sent,) = [r for r in written(chart) if r["resourceType"] == "Observation"]
        assert sent["note"] == [{"text": "drawn fasting"}]
        assert sent["referenceRange"] == [{"text": "below 4"}]

    def test_a_part_of_it_is_never_written_back(self, nancy, chart, marker):
        path, held = marker
        shown = nancy.open(path)
        held["meta"]["tag"] = [{"code": "SUBSETTED"}]
        assert nancy.post(path, {**shown, "note": "x"}).status_code == 403
        assert "SUBSETTED" in nancy.words
        nancy.get(path)
        assert "It cannot be saved from here" in nancy.words
        nancy.get(f"{path}/retract")
        assert "It cannot be saved from here" in nancy.words
        assert chart.sent == []


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not here")
class TestTheSharedCases:
    def test_server_adds(self, nancy, chart):
        server = json.loads((CASES / "server-adds.json").read_text())["server"]
        for name in [*server, "add_coding", "add_category", "expand_date"]:
            chart.keep = getattr(charts, name)
            answers = nancy.answered(Ecog)
            nancy.get(nancy.saved(nancy.enter("forms/ecog/new", answers)))
            assert "Saved to the chart" in nancy.words
        assert len(chart.of_type("Provenance")) == 4

    def test_lost_answer_lag(self, nancy, chart):
        server = json.loads((CASES / "lost-answer-lag.json").read_text())["server"]
        review = nancy.review(Ecog)
        chart.fault = lagging
        assert_not_saved(nancy.save(review))
        for _ in range(server["lag"]):
            assert NOT_KNOWN in nancy.words
            chart.fault = None
            nancy.press("save")
        assert_once(chart, Ecog)

    def test_subsetted_search(self, nancy, chart):
        chart.subset = json.loads((CASES / "subsetted-search.json").read_text())["server"]["subset"]
        nancy.saved(nancy.review(TumorMarkerTest))
        held = main_of(chart, TumorMarkerTest)
        more = {"note": [{"text": "n"}], "referenceRange": [{"text": "r"}]}
        held |= more
        path = f"forms/tumor-marker-test/{held['id']}"
        shown = nancy.open(path)
        nancy.saved(nancy.enter(path, {**shown, "number": "5.00"}))
        now = chart.stored[f"Observation/{held['id']}"]
        assert {name: now[name] for name in more} == more
