import pytest

from app.forms._definition import Fold
from app.forms._saving.plan import plan_entry
from app.forms.radiotherapy_course import RadiotherapyCourse
from app.mcode.conformance import problems
from app.mcode.radiotherapy import UNCODED
from app.terminology.systems import SNOMED
from tests.forms.cases import CONDITION, concept
from tests.forms.patient import AUTHOR
from tests.forms.treating import (
    MCODE,
    NOT_TOLERATED,
    amended,
    asked,
    entered,
    errors,
    opened,
    subject_with,
    written,
)

PHOTONS, ELECTRONS, BREAST, LEFT, CONFORMAL, IMRT, SEEDS = (
    f"{SNOMED}|{code}"
    for code in (
        *("1156506007", "45643008", "76752008", "7771000", "1162782007", "441799006"),
        "169359004",
    )
)
OTHER = UNCODED.key
UNKNOWN = {"url": "urn:plan", "valueString": "4711"}


def coded_extension(url, code, system=SNOMED, **more):
    return {"url": url, "valueCodeableConcept": {**concept(code, code, system), **more}}


def modality(code, *techniques):
    return {
        "url": f"{MCODE}radiotherapy-modality-and-technique",
        "extension": [
            coded_extension(f"{MCODE}radiotherapy-modality", code),
            *(coded_extension(f"{MCODE}radiotherapy-technique", code) for code in techniques),
        ],
    }


def dose(volume, centigray=5000, *more):
    amount = {
        "value": centigray,
        "unit": "cGy",
        "system": "http://unitsofmeasure.org",
        "code": "cGy",
    }
    return {
        "url": f"{MCODE}radiotherapy-dose-delivered-to-volume",
        "extension": [
            {"url": "volume", "valueReference": {"reference": f"BodyStructure/{volume}"}},
            {"url": "totalDoseDelivered", "valueQuantity": amount},
            *more,
        ],
    }


def course(*extensions, **more):
    return {
        "resourceType": "Procedure",
        "id": "course",
        "meta": {"versionId": "3"},
        "status": "in-progress",
        "code": concept("1217123003", "Whole breast radiotherapy"),
        "subject": {"reference": "Patient/pat"},
        "performedPeriod": {"start": "2026-10-01T09:00:00Z"},
        "reasonReference": [{"reference": "Condition/breast"}],
        "extension": [UNKNOWN, *extensions],
        **more,
    }


def volume(id_, name):
    return {
        "resourceType": "BodyStructure",
        "id": id_,
        "meta": {"versionId": "1", "profile": [f"{MCODE}radiotherapy-volume"]},
        "identifier": [{"use": "usual", "value": name}],
        "patient": {"reference": "Patient/pat"},
    }


PTV, BOOST = volume("ptv", "PTV 50"), volume("boost", "Boost")


def test_the_typical_course_comes_with_the_volumes_that_it_names():
    parts = written(entered(RadiotherapyCourse, subject_with()))
    assert list(parts) == ["volume-1", "volume-2", "main"]
    main = parts["main"]
    assert main["code"] == {
        "coding": [
            {
                "system": SNOMED,
                "code": "1217123003",
                "display": "Radiotherapy course of treatment (regime/therapy)",
            }
        ],
        "text": "Radiotherapy course of treatment",
    }
    assert main["recorder"]["reference"] == AUTHOR.reference
    assert main["reasonReference"] == [{"reference": "Condition/breast"}]
    assert main["performedPeriod"] == {"start": "2026-06-01", "end": "2026-07-03"}
    (site,) = main["bodySite"]
    assert site["coding"][0]["code"] == "76752008"
    assert site["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "7771000"
    by_url = {}
    for extension in main["extension"]:
        by_url.setdefault(extension["url"].removeprefix(MCODE), []).append(extension)
    assert by_url["radiotherapy-sessions"] == [
        {"url": f"{MCODE}radiotherapy-sessions", "valueUnsignedInt": 25}
    ]
    photons, electrons = by_url["radiotherapy-modality-and-technique"]
    assert [e["valueCodeableConcept"]["coding"][0]["code"] for e in photons["extension"]] == [
        "1156506007",
        "1162782007",
    ]
    assert electrons["extension"][1]["valueCodeableConcept"] == {
        "coding": [{"system": UNCODED.system, "code": "UNC", "display": "un-encoded"}],
        "text": "Grid therapy",
    }
    first, second = by_url["radiotherapy-dose-delivered-to-volume"]
    assert [e["url"] for e in second["extension"]] == [
        "totalDoseDelivered",
        "fractionsDelivered",
        "volume",
    ]
    assert first["extension"][0]["valueQuantity"] == {
        "value": 5000,
        "unit": "cGy",
        "system": "http://unitsofmeasure.org",
        "code": "cGy",
    }
    assert second["extension"][1]["valueUnsignedInt"] == 5
    assert parts["volume-1"]["identifier"][1] == {"use": "usual", "value": "PTV 50"}
    assert parts["volume-1"]["morphology"]["coding"][0]["code"] == "228793007"
    assert parts["volume-1"]["location"]["coding"][0]["code"] == "76752008"
    assert parts["volume-2"]["identifier"][1] == {"use": "usual", "value": "Boost"}


def test_the_course_refers_to_its_new_volumes_as_the_save_names_them():
    work = entered(RadiotherapyCourse, subject_with())
    first, second, main = plan_entry(work.form, work.subject, AUTHOR, "draft").writes
    doses = [e for e in main.after["extension"] if e["url"].endswith("dose-delivered-to-volume")]
    named = [
        inner["valueReference"]["reference"]
        for dose in doses
        for inner in dose["extension"]
        if inner["url"] == "volume"
    ]
    assert named == [first.full_url, second.full_url]


NO_ROWS = {
    name: ""
    for n in (1, 2)
    for name in (
        *(f"modality__{n}", f"technique__{n}", f"technique__words__{n}", f"volume__dose__{n}"),
        *(f"fractions__{n}", f"volume__name__{n}", f"volume__kind__{n}", f"volume__site__{n}"),
    )
}


def with_rows(**rows):
    return entered(RadiotherapyCourse, subject_with(PTV, BOOST), **{**NO_ROWS, **rows})


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"status": ""}, "status", "Choose the status"),
        ({"when": ""}, "when", "Enter the day of the first session"),
        ({"when": "2026-12-24"}, "when", "Enter a date that is not in the future"),
        (
            {"sites": ""},
            "side",
            "Choose one site, or remove the side: it is not clear of which it is",
        ),
        (
            {"reason": NOT_TOLERATED},
            "reason",
            "Choose “Stopped” as the status, or say the reason in words of your own",
        ),
        ({"technique__1": CONFORMAL}, "modality-1", "Choose the modality of these techniques"),
        (
            {"modality__1": PHOTONS},
            "technique-1",
            "Choose a technique of “Photons, external beam”",
        ),
        (
            {"modality__1": ELECTRONS, "technique__1": f"{CONFORMAL}\n{IMRT}"},
            "technique-1",
            "Remove “Intensity modulated (IMRT)”: it does not go with “Electrons, external beam”",
        ),
        (
            {"modality__1": SEEDS, "technique__1": OTHER},
            "technique-words-1",
            "Say which technique it is",
        ),
        ({"modality__2": OTHER}, "modality-words-2", "Say which modality it is"),
        (
            {"modality__1": PHOTONS, "technique__1": CONFORMAL, "modality__words__1": "X-rays"},
            "modality-1",
            "Choose “Another modality”, or remove the words for one",
        ),
        (
            {"volume__dose__1": "5000 cGy"},
            "volume-1",
            "Choose the volume of this dose, or name a new one",
        ),
        ({"fractions__3": "5"}, "volume-3", "Choose the volume of this dose, or name a new one"),
        (
            {"volume__1": "BodyStructure/ptv", "volume__name__1": "PTV"},
            "volume-1",
            "Choose a volume of the chart or describe a new one, not both",
        ),
        ({"volume__site__1": BREAST}, "volume-name-1", "Enter the name of the new volume"),
        (
            {"volume__1": "BodyStructure/ptv", "volume__2": "BodyStructure/ptv"},
            "volume-2",
            "Choose another volume: PTV 50 is above already",
        ),
        (
            {"volume__1": "BodyStructure/ptv", "fractions__1": "five"},
            "fractions-1",
            "Enter a whole number from 0 to 200",
        ),
    ],
)
def test_what_cannot_be_is_told_at_its_field(changes, field, sentence):
    assert errors(with_rows(**changes)) == {field: sentence}


def test_a_modality_in_words_needs_no_technique():
    resource = written(with_rows(modality__1=OTHER, modality__words__1="Hyperthermia with beam"))
    (found,) = [e for e in resource["main"]["extension"] if "extension" in e]
    assert found["extension"][0]["valueCodeableConcept"]["text"] == "Hyperthermia with beam"
    assert problems(resource["main"]) == []


@pytest.mark.parametrize(
    ("given", "gray"), [("50 cGy", "0.5 Gy"), ("99.9 cGy", "0.999 Gy"), ("12000 cGy", "120 Gy")]
)
def test_a_dose_that_is_rather_in_gray_is_asked_about(given, gray):
    found = asked(with_rows(volume__1="BodyStructure/ptv", volume__dose__1=given))
    assert list(found) == ["dose-1"]
    assert gray in found["dose-1"]


@pytest.mark.parametrize(
    ("given", "fractions", "keys"),
    [
        ("8000 cGy", "1", ["few-fractions-1"]),
        ("3400 cGy", "1", []),
        ("5000 cGy", "25", []),
        ("5000 cGy", "", []),
    ],
)
def test_more_at_a_time_than_any_fraction_in_use_is_asked_about(given, fractions, keys):
    rows = {"volume__1": "BodyStructure/ptv", "volume__dose__1": given, "fractions__1": fractions}
    assert list(asked(with_rows(**rows))) == keys


@pytest.mark.parametrize("given", ["100 cGy", "10000 cGy", ""])
def test_a_usual_dose_is_not_asked_about(given):
    work = with_rows(volume__1="BodyStructure/ptv", volume__dose__1=given)
    assert (errors(work), asked(work)) == ({}, {})


@pytest.mark.parametrize("odd", [{"comparator": ">"}, {"code": "Gy", "unit": "Gy"}])
def test_a_dose_that_the_chart_says_in_its_own_way_is_not_in_the_way(odd):
    held = course(dose("ptv"))
    held["extension"][1]["extension"][1]["valueQuantity"] |= odd
    work = amended(RadiotherapyCourse, held, PTV, note="seen")
    assert written(work)["main"] == {**held, "note": [{"text": "seen"}]}


def test_a_volume_of_the_chart_is_referred_to():
    parts = written(with_rows(volume__1="BodyStructure/boost", fractions__1="5"))
    assert list(parts) == ["main"]
    (found,) = [e for e in parts["main"]["extension"] if "extension" in e]
    assert found["extension"] == [
        {"url": "fractionsDelivered", "valueUnsignedInt": 5},
        {"url": "volume", "valueReference": {"reference": "BodyStructure/boost"}},
    ]


def test_the_site_of_the_diagnosis_is_where_a_new_entry_begins():
    site = {
        **concept("76752008", "Breast"),
        "extension": [coded_extension(f"{MCODE}laterality-qualifier", "7771000")],
    }
    work = opened(RadiotherapyCourse, subject_with({**CONDITION, "bodySite": [site]}))
    begun = {name: item.text for name, item in work.form.asked.items() if item.text}
    assert begun == {"sites": BREAST, "side": LEFT}
    elsewhere = {**site, "coding": [{"system": SNOMED, "code": "1"}]}
    work = opened(RadiotherapyCourse, subject_with({**CONDITION, "bodySite": [elsewhere]}))
    assert {name: item.text for name, item in work.form.asked.items() if item.text} == {}


def test_a_patient_without_volumes_is_asked_for_a_new_one_at_once():
    none, some = subject_with(), subject_with(PTV)
    title = "A volume that is not in the chart yet"
    assert ("volume-name-1",) in opened(RadiotherapyCourse, none).form.layout(none)
    folds = [row for row in opened(RadiotherapyCourse, some).form.layout(some) if type(row) is Fold]
    assert title in [fold.title for fold in folds]


def test_a_course_is_stopped_by_its_status_and_its_reason():
    held = course(modality("1156506007", "1162782007"), dose("ptv"))
    work = amended(RadiotherapyCourse, held, PTV, status="stopped", reason=NOT_TOLERATED)
    assert work.form.layout(work.subject)[:2] == (("status",), ("reason",))
    after = written(work)["main"]
    assert {n for n in after if after[n] != held.get(n)} == {"status", "statusReason"}


def test_the_last_session_ends_the_period_that_began():
    held = course()
    after = written(amended(RadiotherapyCourse, held, when="2026-10-01/2026-11-02"))["main"]
    assert after["performedPeriod"] == {"start": "2026-10-01T09:00:00Z", "end": "2026-11-02"}


def test_one_dose_that_changes_leaves_the_others_and_what_is_unknown_alone():
    unknown = {"url": "prescribed", "valueString": "50 Gy"}
    first, second = dose("ptv", 5000, unknown), dose("boost", 1000)
    held = course(modality("1156506007", "1162782007"), first, second)
    after = written(amended(RadiotherapyCourse, held, PTV, BOOST, volume__dose__2="1600 cGy"))[
        "main"
    ]
    assert after["extension"] == [*held["extension"][:3], dose("boost", 1600)]


def test_a_row_that_is_emptied_goes_and_the_rows_below_stay():
    held = course(dose("ptv"), modality("1156506007", "1162782007"), dose("boost", 1000))
    work = amended(RadiotherapyCourse, held, PTV, BOOST, volume__1="", volume__dose__1="")
    after = written(work)["main"]
    assert after["extension"] == [UNKNOWN, held["extension"][2], dose("boost", 1000)]


def test_a_new_volume_may_join_a_course_of_the_chart():
    held = course(dose("ptv"))
    work = amended(
        RadiotherapyCourse,
        held,
        PTV,
        volume__1="",
        volume__dose__1="",
        volume__dose__2="1000 cGy",
        volume__name__2="Boost",
    )
    new, main = plan_entry(work.form, work.subject, AUTHOR, "draft").writes
    assert (new.act, main.act) == ("new", "amended")
    (found,) = [e for e in main.after["extension"] if "extension" in e]
    assert found["extension"][1] == {
        "url": "volume",
        "valueReference": {"reference": new.full_url},
    }


def test_a_volume_that_the_record_does_not_show_stays():
    elsewhere = dose("gone")
    foreign = dose("x")
    foreign["extension"][0]["valueReference"] = {
        "reference": "https://other.example/BodyStructure/9",
        "display": "PTV of the other site",
    }
    held = course(elsewhere, foreign)
    work = amended(RadiotherapyCourse, held, note="seen")
    assert work.form.display("volume-1") == "BodyStructure/gone (as in the chart)"
    assert work.form.display("volume-2") == "PTV of the other site (as in the chart)"
    assert written(work)["main"] == {**held, "note": [{"text": "seen"}]}


def test_a_site_that_changes_keeps_the_side_that_is_still_chosen():
    site = {
        **concept("76752008", "Breast"),
        "extension": [coded_extension(f"{MCODE}laterality-qualifier", "7771000")],
    }
    held = course(bodySite=[site])
    other = f"{SNOMED}|39607008"
    after = written(amended(RadiotherapyCourse, held, sites=other))["main"]
    (found,) = after["bodySite"]
    assert found["coding"][0]["code"] == "39607008"
    assert found["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "7771000"


def test_the_older_code_and_a_day_alone_are_kept():
    held = course(
        code=concept("USCRS-33529", "Radiotherapy course", "http://example.org/usrcs"),
        performedDateTime="2026-10-01",
        status="unknown",
    )
    del held["performedPeriod"]
    work = amended(RadiotherapyCourse, held, note="seen")
    assert work.form.when.text == "2026-10-01"
    assert written(work)["main"] == {**held, "note": [{"text": "seen"}]}


def test_other_radiotherapy_stands_beside_the_form():
    earlier = course(id="before", bodySite=[concept("39607008", "Lung")], status="completed")
    subject = subject_with(earlier)
    assert opened(RadiotherapyCourse, subject).form.chart_context(subject) == [
        ("Radiotherapy", "Lung", "01-Oct-2026 · completed")
    ]
