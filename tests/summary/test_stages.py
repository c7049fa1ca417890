"""A staging reads as clinicians write it."""

import pytest

from app.summary.stages import (
    StageTile,
    diagnosis_stage_tiles,
    grade_group,
    stage_group,
    stage_tile,
    stagings,
)
from tests.summary.resources import (
    CANCER,
    NCIT,
    SNOMED,
    coded,
    concept_value,
    condition,
    observation,
    record,
    stage,
)

AJCC8 = {"method": coded(SNOMED, "897275008")}


def tiles(*resources):
    found = record(condition(), *resources)
    return [stage_tile(found, item) for item in found.primaries[0].stages]


def test_a_clinical_stage_has_group_categories_edition_date_and_author():
    (tile,) = tiles(*stage(**AJCC8, performer=[{"display": "Dr Owen"}]))
    assert (tile.kind, tile.group, tile.categories) == ("Clinical", "IIB", "cT2 cN1 cM0")
    assert (tile.source, tile.by) == (("AJCC 8", "20-Mar-2026"), "Dr Owen")
    assert (tile.key, tile.state) == ("Observation/clinical", None)


@pytest.mark.parametrize(
    ("group", "values", "kind", "categories"),
    [
        ("AJCC clinical stage group", ("cT2", "cN0"), "Clinical", "cT2 cN0"),
        ("AJCC pathological stage group", ("pT2", "pN0"), "Pathologic", "pT2 pN0"),
        ("Clinical stage group of the house", ("cT1c", "cN1"), "Clinical", "cT1c cN1"),
    ],
)
def test_categories_of_local_codes_join_the_group_of_their_prefix(group, values, kind, categories):
    named = zip(("AJCC T category", "AJCC N category"), values, strict=True)
    parts = [
        observation(f"c{n}", {"text": words}, {"valueString": value})
        for n, (words, value) in enumerate(named)
    ]
    (tile,) = tiles(*parts, observation("g", {"text": group}, {"valueString": "IIA"}))
    assert (tile.kind, tile.group, tile.categories) == (kind, "IIA", categories)


@pytest.mark.parametrize(
    ("basis", "categories", "kind"),
    [
        ("pathologic", ("pT2", "pN1a(sn)", "cM0"), "Pathologic"),
        ("pathologic", ("ypT1", "ypN0", "cM0"), "Pathologic after therapy (yp)"),
        ("clinical", ("ycT1", "ycN0", "cM0"), "Clinical after therapy (yc)"),
        ("other", ("rT2", "rN0", "rM1"), "At recurrence (r)"),
        ("other", ("aT2", "aN0", "aM1"), "At autopsy (a)"),
        ("other", ("T2", "N0", "M1"), "TNM"),
    ],
)
def test_the_prefix_of_the_categories_names_the_kind(basis, categories, kind):
    (tile,) = tiles(*stage(basis, "II", categories))
    assert tile.kind == kind


def test_categories_without_a_group_stand_by_their_first():
    (tile,) = tiles(*stage()[1:])
    assert (tile.group, tile.categories) == ("No stage group", "cT2 cN1 cM0")
    assert tile.key == "Observation/clinical-t"


def test_a_group_without_a_value_reads_no_data():
    head, *parts = stage()
    del head["valueCodeableConcept"]
    (tile,) = tiles(head, *parts)
    assert tile.group == "No data"


def test_a_missing_date_is_said():
    (tile,) = tiles(*stage(on=None))
    assert tile.source == ("TNM", "no date")


def test_an_amended_stage_says_so():
    (tile,) = tiles(*stage(status="amended"))
    assert tile.state == "amended"


def test_another_system_has_its_name_and_its_modifiers():
    lymphoma = observation(
        "l",
        coded(SNOMED, "385388004", "Lymphoma stage"),
        concept_value("Stage III"),
        focus=[CANCER],
        method={"text": "Lugano"},
        component=[
            {"code": coded(SNOMED, "106252000"), **concept_value("B")},
            {"code": coded(SNOMED, "277366005"), **concept_value("Clinical staging")},
            {"code": coded(SNOMED, "260873006"), **concept_value("Present")},
            {"code": coded(SNOMED, "1", "Marrow"), **concept_value("Involved")},
        ],
    )
    (tile,) = tiles(lymphoma)
    assert (tile.kind, tile.source) == ("Lugano", ("clinical", "20-Mar-2026"))
    assert (tile.group, tile.remarks) == ("III B", "bulky disease: present, Marrow: Involved")
    assert (tile.label, tile.key) == ("Lugano III B", "Observation/l")


def test_a_lymphoma_stage_without_a_method_keeps_the_name_of_its_code():
    code = coded(SNOMED, "385388004")
    (tile,) = tiles(observation("l", code, concept_value("III"), focus=[CANCER]))
    assert (tile.kind, tile.source) == ("Lymphoma stage", ("20-Mar-2026",))


def test_a_modifier_that_the_group_has_already_is_not_said_again():
    component = [{"code": coded(SNOMED, "106252000"), **concept_value("E")}]
    code = coded(SNOMED, "385388004")
    stage_ = observation("l", code, concept_value("IIIE"), focus=[CANCER], component=component)
    assert tiles(stage_)[0].group == "IIIE"


def test_a_lymphoma_stage_of_the_code_systems_words_reads_as_it_is_said():
    modifiers = [
        ("421211000", "Lymphoma staging symptom status B"),
        ("282436004", "E - Extralymphatic organ involvement marker"),
        ("1", "Marrow"),
    ]
    component = [
        {
            "code": coded(SNOMED, "106252000"),
            "valueCodeableConcept": coded(SNOMED, code, words),
        }
        for code, words in modifiers
    ]
    code = coded(SNOMED, "385388004")
    value = concept_value("Lymphoma stage IIIe")
    (tile,) = tiles(observation("l", code, value, focus=[CANCER], component=component))
    assert tile.group == "IIIe B Marrow"


def test_a_bulky_stage_does_not_have_symptoms_by_its_name():
    component = [{"code": coded(SNOMED, "106252000"), **concept_value("B")}]
    code = coded(SNOMED, "385388004")
    value = concept_value("II bulky")
    (tile,) = tiles(observation("l", code, value, focus=[CANCER], component=component))
    assert tile.group == "II bulky B"


def test_a_preliminary_stage_is_told_from_a_final_one():
    (tile,) = tiles(*stage(status="preliminary"))
    assert tile.preliminary
    assert tile.source[0] == "preliminary"
    assert tile.label == "Clinical IIB (preliminary)"
    assert not tiles(*stage())[0].preliminary


def test_a_category_without_a_value_names_itself():
    head, t, n, m = stage()
    absent = coded("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-applicable")
    m["valueCodeableConcept"] = {**absent, "text": "Not applicable"}
    (tile,) = tiles(head, t, n, m)
    assert tile.categories == "cT2 cN1 M not applicable"


def test_an_amendment_is_told_with_who_made_it_and_when():
    amendment = {
        "resourceType": "Provenance",
        "id": "v",
        "target": [{"reference": "Observation/clinical-n"}],
        "recorded": "2026-11-24T10:42:00Z",
        "activity": {"coding": [{"code": "UPDATE"}]},
        "agent": [{"who": {"display": "Dr Owen"}}],
    }
    changed = stage(status="amended", performer=[{"display": "Dr Sofia"}])
    (tile,) = tiles(*changed, amendment)
    assert (tile.by, tile.state) == ("Dr Sofia, amended by Dr Owen, 24-Nov-2026", None)
    assert tiles(*changed)[0].state == "amended"


def test_a_grade_group_is_a_grade_and_no_staging():
    gleason = observation("g", coded(SNOMED, "385377005"), concept_value("3"), focus=[CANCER])
    (primary,) = record(condition(), gleason, *stage()).primaries
    assert [item.system for item in stagings(primary)] == ["tnm"]
    assert grade_group(primary) == gleason


def test_a_method_that_repeats_the_system_is_left_out():
    clark = observation(
        "x",
        coded(SNOMED, "103419001"),
        concept_value("Level IV"),
        focus=[CANCER],
        method={"text": "Clark system for melanoma staging"},
    )
    assert tiles(clark)[0].source == ("20-Mar-2026",)


def test_the_name_of_a_system_is_not_spelt_out_beside_it():
    method = {"text": "Revised International Staging System for multiple myeloma"}
    code = coded(NCIT, "C141392")
    (tile,) = tiles(observation("x", code, concept_value("II"), focus=[CANCER], method=method))
    assert (tile.kind, tile.source) == ("Myeloma R-ISS", ("20-Mar-2026",))


@pytest.mark.parametrize(
    ("words", "group"),
    [
        ("IIIA", "IIIA"),
        ("Stage 3A", "IIIA"),
        ("stage IVb", "IVB"),
        ("0", "0"),
        ("Stage IA3", "IA3"),
        ("Binet Stage B", None),
        ("advanced", None),
        (None, None),
    ],
)
def test_stage_groups_are_compared_in_roman_figures(words, group):
    assert stage_group(words) == group


@pytest.mark.parametrize(
    ("summary", "shown"), [("IIIA", ["IIIA"]), ("Stage 2B", []), ("advanced", ["advanced"])]
)
def test_a_stage_on_the_diagnosis_shows_where_no_record_says_it(summary, shown):
    diagnosis = condition(stage=[{"summary": {"text": summary}, "type": {"text": "Referral"}}])
    (primary,) = record(diagnosis, *stage()).primaries
    assert [tile.group for tile in diagnosis_stage_tiles(primary)] == shown


def test_a_stage_that_is_told_in_components_only_is_read():
    parts = [
        {"code": coded(SNOMED, code), **concept_value(words)}
        for code, words in (
            ("399537006", "Stage IIB"),
            ("399504009", "cT2"),
            ("399534004", "cN1"),
            ("399387003", "cM0"),
        )
    ]
    other = {"code": {"text": "Nodes examined"}, "valueInteger": 12}
    group = observation("g", coded(SNOMED, "399537006"), focus=[CANCER], component=[*parts, other])
    (tile,) = tiles(group)
    assert (tile.kind, tile.group, tile.categories) == ("Clinical", "IIB", "cT2 cN1 cM0")
    assert tile.remarks == "Nodes examined: 12"


def test_a_stage_of_the_ehr_s_own_codes_keeps_its_own_words():
    vendor = coded("urn:oid:1.2.840.114350.1.13.0.1.7.4.1", "31000", "AJCC Clinical Stage Group")
    (tile,) = tiles(observation("g", vendor, {"valueString": "Stage IIIC"}, focus=[CANCER]))
    assert (tile.kind, tile.group, tile.source) == ("Clinical", "IIIC", ("TNM", "20-Mar-2026"))


def test_a_rai_stage_is_no_tnm_stage():
    rai = observation("r", coded(NCIT, "C141207"), concept_value("Rai II"), focus=[CANCER])
    assert [(tile.kind, tile.group) for tile in tiles(rai)] == [("Rai", "Rai II")]


@pytest.mark.parametrize(
    ("kind", "group", "preliminary", "label"),
    [
        ("Lugano", "III B", False, "Lugano III B"),
        ("Ann Arbor", "IIIE", True, "Ann Arbor IIIE (preliminary)"),
        ("Gleason grade group", "Grade group 3 (4+3=7)", False, "Grade group 3 (4+3=7)"),
    ],
)
def test_the_short_label_names_the_system_once(kind, group, preliminary, label):
    tile = StageTile(kind, (), group, "", None, None, None, preliminary=preliminary)
    assert tile.label == label
