"""What an oncologist or a nurse types for an adverse event, and the term that has to be found."""

import json
from pathlib import Path
from time import process_time

import pytest

from app.mcode.adverse_events import ADVERSE_EVENTS
from app.terminology import abbreviations
from app.terminology.folding import compact

TABLE = Path(abbreviations.__file__).parent / "data" / "adverse_events.json"
EVERYDAY = json.loads(TABLE.read_text("utf-8"))["abbreviations"]


def found(typed, limit=20):
    return [concept.term for concept in ADVERSE_EVENTS.search(typed, limit)]


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("C143283", "Anemia"),
        ("anaemia", "Anemia"),
        ("neutropenia", "Neutrophil count decreased"),
        ("low white cell count", "White blood cell decreased"),
        ("low platelets", "Platelet count decreased"),
        ("thrombocytopenia", "Platelet count decreased"),
        ("neutropenic fever", "Febrile neutropenia"),
        ("febrile neutro", "Febrile neutropenia"),
        ("hand-foot", "Palmar-plantar erythrodysesthesia syndrome"),
        ("hand foot syndrome", "Palmar-plantar erythrodysesthesia syndrome"),
        ("PPE", "Palmar-plantar erythrodysesthesia syndrome"),
        ("hair loss", "Alopecia"),
        ("diarrhoea", "Diarrhea"),
        ("diarrhea", "Diarrhea"),
        ("mouth sores", "Mucositis oral"),
        ("throwing up", "Vomiting"),
        ("numbness", "Peripheral sensory neuropathy"),
        ("pins and needles", "Paresthesia"),
        ("tired", "Fatigue"),
        ("loss of appetite", "Anorexia"),
        ("shortness of breath", "Dyspnea"),
        ("high blood pressure", "Hypertension"),
        ("raised ALT", "Alanine aminotransferase increased"),
        ("low sodium", "Hyponatremia"),
        ("blood clot", "Thromboembolic event"),
        ("stroke", "Stroke"),
        ("AF", "Atrial fibrillation"),
        ("infusion reaction", "Infusion related reaction"),
        ("CRS", "Cytokine release syndrome"),
        ("can't sleep", "Insomnia"),
        ("itching", "Pruritus"),
    ],
)
def test_the_first_hit_is_what_is_called_so(typed, term):
    assert found(typed)[:1] == [term]


@pytest.mark.parametrize("word", EVERYDAY)
def test_every_everyday_word_finds_all_that_it_may_mean(word):
    hits = set(found(word, 837))
    for meaning in EVERYDAY[word]:
        meant = found(meaning, 837)
        assert meant, meaning
        assert hits >= set(meant)


@pytest.mark.parametrize("word", EVERYDAY)
def test_the_likeliest_meaning_comes_first(word):
    exact = [found(meaning, 1)[0] for meaning in EVERYDAY[word]]
    named = [term for term in exact if compact(term) in map(compact, EVERYDAY[word])]
    itself = [term for term in found(word, 1) if compact(term) == compact(word)]
    expected = list(dict.fromkeys([*itself, *named]))
    assert found(word)[: len(expected)] == expected


def test_each_organ_system_has_a_term_for_what_has_none():
    others = [term for term in found("other specify", 837) if term.endswith("Other, specify")]
    assert len(others) == 26


def test_a_search_is_quick():
    ADVERSE_EVENTS.warm()
    for typed in ("a", "low", "hand-foot syndrome", "decreased count of platelets", "banana"):
        start = process_time()
        found(typed)
        assert process_time() - start < 0.05, typed


def test_meanings_of_cancer_words_elsewhere_stay_as_they_are():
    own, general = abbreviations.adverse_event_meanings(), abbreviations.meanings()
    assert general["aml"] != own["aml"]
    assert general["stroke"] == (("cerebral", "infarction"),)
    assert own["afp"] == general["afp"]
    assert "handfoot" not in general
