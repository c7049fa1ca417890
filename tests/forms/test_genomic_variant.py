import pytest

from app.forms._pages.workspace import new_workspace
from app.forms.genomic_variant import GenomicVariant
from tests.forms import entering
from tests.forms.cases import concept
from tests.forms.entering import existing, retyped, subject_of, typed

LOINC = "http://loinc.org"
HGNC = "http://www.genenames.org"
HGVS = "http://varnomen.hgvs.org"
TBD = "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"
ABSENT = f"{LOINC}|LA9634-2"


def component(code, value, system=LOINC, **other):
    return {"code": concept(code, "x", system), **({"valueCodeableConcept": value} | other)}


def variant(id_="found", components=(), **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "meta": {"versionId": "2"},
        "status": "final",
        "code": concept("69548-6", "Variant", LOINC),
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": "2026-11-20",
        "valueCodeableConcept": concept("LA9633-4", "Present", LOINC),
        "component": list(components),
        **more,
    }


BRAF = component("48018-6", {"coding": [{"system": HGNC, "code": "HGNC:1097", "display": "BRAF"}]})
V600E = component("48005-3", {"coding": [{"system": HGVS, "code": "p.Val600Glu"}]})


def work_on(changes, *resources):
    return typed(GenomicVariant, changes, *resources)


def written(work):
    return entering.written(work)[0]


def amended(resource, changes):
    return written(retyped(GenomicVariant, resource, changes))


def values(resource):
    """Return the values of the components by code."""
    return {
        part["code"]["coding"][0]["code"]: next(v for k, v in part.items() if k != "code")
        for part in resource["component"]
    }


def test_a_variant_is_a_laboratory_finding_with_a_component_for_each_answer():
    resource = written(work_on({}))
    assert resource["meta"] == {
        "profile": ["http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-genomic-variant"]
    }
    assert resource["code"] == {
        "coding": [{"system": LOINC, "code": "69548-6"}],
        "text": "Genetic variant assessment",
    }
    assert resource["category"][0]["coding"][0]["code"] == "laboratory"
    assert resource["valueCodeableConcept"]["coding"] == [
        {"system": LOINC, "code": "LA9633-4", "display": "Present"}
    ]
    assert resource["effectiveDateTime"] == "2026-11-20"
    assert resource["specimen"] == {"reference": "Specimen/core"}
    assert resource["method"]["text"] == "Sequencing"
    assert "focus" not in resource
    found = values(resource)
    fraction = found.pop("81258-6")
    assert str(fraction.pop("value")) == "32.5"
    assert fraction == {"unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    assert found == {
        "48018-6": {
            "coding": [{"system": HGNC, "code": "HGNC:1097", "display": "BRAF"}],
            "text": "BRAF",
        },
        "48005-3": {"coding": [{"system": HGVS, "code": "p.Val600Glu"}], "text": "p.Val600Glu"},
        "48004-6": {
            "coding": [{"system": HGVS, "code": "NM_004333.6:c.1799T>A"}],
            "text": "NM_004333.6:c.1799T>A",
        },
        "48002-0": {
            "coding": [{"system": LOINC, "code": "LA6684-0", "display": "Somatic"}],
            "text": "Somatic",
        },
    }


def test_a_fusion_names_two_genes_and_rare_findings_have_their_place():
    resource = written(
        work_on(
            {
                "genes": f"{HGNC}|HGNC:1014\n{HGNC}|HGNC:76",
                "protein": "",
                "coding": "",
                "fraction": "",
                "copies": ">6",
                "copies-unit": "1",
                "karyotype": "t(9;22)(q34;q11)",
                "transcript": "NM_005157.6",
                "ref_allele": "A",
                "clinvar": "13961",
                "consequence": "http://www.sequenceontology.org|SO:0001565",
            }
        )
    )
    genes = [p for p in resource["component"] if p["code"]["coding"][0]["code"] == "48018-6"]
    named = [gene["valueCodeableConcept"]["coding"][0]["code"] for gene in genes]
    assert sorted(named) == ["HGNC:1014", "HGNC:76"]
    found = values(resource)
    assert found["82155-3"] == {
        "comparator": ">",
        "value": 6,
        "unit": "copies",
        "system": "http://unitsofmeasure.org",
        "code": "1",
    }
    assert found["81291-7"] == {"text": "t(9;22)(q34;q11)"}
    assert found["51958-7"]["coding"] == [
        {"system": "http://www.ncbi.nlm.nih.gov/refseq", "code": "NM_005157.6"}
    ]
    assert found["69547-8"] == "A"
    assert found["81252-9"]["coding"][0]["code"] == "13961"
    own = next(p for p in resource["component"] if p["code"]["coding"][0]["system"] == TBD)
    assert own["valueCodeableConcept"]["coding"][0]["code"] == "SO:0001565"


NAMELESS = {"genes": "", "protein": "", "coding": ""}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"found": ""}, "found", "Choose whether the variant was found"),
        (NAMELESS, "genes", "Choose the gene, or enter the change or its place on the chromosome"),
        (
            {"protein": "Val600Glu"},
            "protein",
            "Enter the change in the notation of HGVS, such as p.Val600Glu",
        ),
        (
            {"coding": "p.Val600Glu"},
            "coding",
            "Enter the change in the notation of HGVS, such as c.1799T>A or NM_004333.6:c.1799T>A",
        ),
        (
            {"genomic": "c.1799T>A"},
            "genomic",
            "Enter the change in the notation of HGVS, such as NC_000007.14:g.140753336A>T",
        ),
        (
            {"fraction": "32.5", "fraction-unit": "1"},
            "fraction",
            "Enter a fraction from 0 to 1, or choose %",
        ),
        ({"fraction": "132"}, "fraction", "Enter a number of at most 100"),
        ({"copies": "2.5"}, "copies", "Enter the copy number as a whole number"),
        ({"date-year": "2027"}, "date", "Enter a date of the finding that is not in the future"),
        (
            {"transcript": "NM_004333"},
            "transcript",
            "Enter the transcript with its version, such as NM_004333.6",
        ),
        (
            {"clinvar": "RCV000014992"},
            "clinvar",
            "Enter the number of the variation in ClinVar, such as 13961",
        ),
        ({"alt_allele": "X"}, "alt_allele", "Enter the bases, such as A or CT"),
    ],
)
def test_what_cannot_be_gets_a_sentence_at_its_field(changes, field, sentence):
    work = work_on(changes)
    assert not work.validate()
    assert [str(error) for error in work.form[field].errors] == [sentence]


@pytest.mark.parametrize(
    "changes",
    [
        {"protein": "p.?"},
        {"protein": "NP_004324.2:p.(Val600Glu)"},
        {"coding": "NM_000546.6:c.375+1G>A"},
        {"coding": "c.35_36delinsTT"},
        {"coding": "NR_002196.2:n.601G>T"},
        {"genomic": "NC_012920.1:m.3243A>G"},
        {"genomic": "NG_005905.2(BRCA1):g.126148_126152del"},
        {**NAMELESS, "location": "17p13.1"},
        {**NAMELESS, "karyotype": "t(9;22)(q34;q11)"},
        {"fraction": "0.325", "fraction-unit": "1"},
    ],
)
def test_what_laboratories_write_is_taken(changes):
    assert work_on(changes).validate()


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"fraction": "0.35"}, "small-fraction", "0.35 % (not 35 %)"),
        ({"found": ABSENT}, "absent-with-fraction", "absent"),
    ],
)
def test_what_is_seldom_meant_is_asked_about(changes, key, words):
    work = work_on(changes)
    assert not work.validate()
    assert [question.key for question in work.questions] == [key]
    assert words in work.questions[0].text
    assert work_on({**changes, f"confirm-{key}": "yes"}).validate()


def test_the_same_finding_a_second_time_is_asked_about():
    changes = {"coding": "", "source": "", "fraction": "", "method": ""}
    on_record = variant(components=[BRAF, V600E], specimen={"reference": "Specimen/core"})
    work = work_on(changes, on_record)
    assert not work.validate()
    assert [question.key for question in work.questions] == ["second-variant"]
    assert work.questions[0].text.startswith("BRAF p.Val600Glu is on record already, 20-Nov-2026")
    assert work_on({**changes, "protein": "p.Val600Lys"}, on_record).validate()
    assert work_on({**changes, "specimen": ""}, on_record).validate()


def test_further_variants_of_a_panel_go_on_with_its_test():
    entered = variant(
        components=[BRAF, V600E],
        meta={"versionId": "1", "lastUpdated": "2026-11-24T09:00:00Z"},
        specimen={"reference": "Specimen/core"},
        method=concept("LA26398-0", "Sequencing", LOINC),
    )
    subject = subject_of(GenomicVariant, entered)
    work = new_workspace(GenomicVariant, subject, None, None)
    assert work.form.date.text == "2026-11-20"
    assert work.form.specimen.text == "Specimen/core"
    assert work.form.display("method") == "Sequencing"
    assert work.origins["date"] == "as in BRAF p.Val600Glu, entered today"
    assert not work.form.genes.text
    earlier = {**entered, "meta": {"versionId": "1", "lastUpdated": "2026-11-21T09:00:00Z"}}
    subject = subject_of(GenomicVariant, earlier)
    assert not new_workspace(GenomicVariant, subject, None, None).form.date.text


def test_the_variants_on_record_stand_beside_the_form():
    subject = subject_of(GenomicVariant, variant(components=[BRAF, V600E]))
    assert GenomicVariant().chart_context(subject) == [
        ("BRAF", "p.Val600Glu, Present", "20-Nov-2026"),
        ("KRAS", "Absent", "20-Mar-2026"),
    ]


def test_a_variant_of_older_shape_opens_and_keeps_what_the_form_cannot_say():
    bare_gene = component("48018-6", {"coding": [{"system": HGNC, "code": "1097"}]})
    of_clinvar = component(
        "81252-9",
        {"coding": [{"system": "http://www.ncbi.nlm.nih.gov/clinvar", "code": "13961",
                     "display": "NM_004333.6(BRAF):c.1799T>A"}]},
    )  # fmt: skip
    misplaced = component("81290-9", {"coding": [{"system": HGVS, "code": "c.1799T>A"}]})
    implication = component("93044-6", concept("LA1", "Tier I"), LOINC)
    older = variant(
        components=[bare_gene, of_clinvar, misplaced, implication],
        interpretation=[concept("10828004", "Positive")],
        valueCodeableConcept=concept("POS", "Positive", "urn:lab"),
    )
    work = existing(GenomicVariant, older)
    assert work.form.display("genes") == "BRAF"
    assert work.form.display("found") == "Positive (as in the chart)"
    assert work.form.genomic.text == "c.1799T>A"
    assert work.form.clinvar.text == "13961"
    after = amended(older, {"protein": "p.Val600Glu"})
    assert after["component"][:4] == older["component"]
    assert values(after)["48005-3"]["text"] == "p.Val600Glu"
    assert {n for n in after if after[n] != older.get(n)} == {"component", "status"}


def test_a_gene_that_is_taken_away_takes_its_component_along_and_no_other():
    abl1 = component("48018-6", {"coding": [{"system": HGNC, "code": "HGNC:76"}], "text": "ABL1"})
    local = component("48018-6", {"text": "a gene of the laboratory", "coding": [{"code": "g"}]})
    fusion = variant(components=[BRAF, abl1, local])
    after = amended(fusion, {"genes": f"{HGNC}|HGNC:1097"})
    assert after["component"] == [BRAF, local]
