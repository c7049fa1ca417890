"""The pages of the EHR: they show who there is, and launch whom was chosen."""

import html5lib
import pytest

from app.sandbox.auth.state import LaunchContext

CHOICE = {"patient": "ada-byron", "user": "nurse-nancy"}


def page(answer):
    return html5lib.parse(answer.text, treebuilder="etree", namespaceHTMLElements=False)


def launched(state, smart, answer) -> LaunchContext:
    assert answer.status_code == 303, answer.text
    return state.launches.look(smart.query(answer)["launch"]).value.context


def test_the_list_shows_patients_in_words_and_all_users(http):
    answer = http.get("/")

    text = "".join(page(answer).itertext())
    for words in ("BYRON, Ada", "14-Feb-1964", "Breast", "Nurse Nancy", "Reads all, records TNM"):
        assert words in text


def test_every_control_has_a_name_and_no_page_has_scripts(http):
    for path in ("/", "/chart?patient=ada-byron&user=nurse-nancy", "/nowhere"):
        tree = page(http.get(path))
        assert not tree.findall(".//script")
        for control in [*tree.iter("input"), *tree.iter("select")]:
            labels = [label for label in tree.iter("label") if control in label.iter()]
            assert labels or control.get("type") == "hidden"


def test_a_launch_redirects_to_the_app_with_issuer_and_launch(http, smart):
    answer = http.get("/launch", query_string=CHOICE)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("http://127.0.0.1:8000/launch?")
    assert smart.query(answer)["iss"] == "http://127.0.0.1:9000/fhir"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"encounter": None, "need_patient_banner": True, "intent": None, "references": ()}),
        ({"encounter": "ada-old"}, {"encounter": "ada-old"}),
        ({"visit": "latest"}, {"encounter": "ada-new"}),
        ({"need_patient_banner": "false"}, {"need_patient_banner": False}),
        ({"intent": "record-stage"}, {"intent": "record-stage"}),
        ({"context": ["Condition/ada-cancer"]}, {"references": ("Condition/ada-cancer",)}),
        ({"encounter": "", "intent": "", "visit": "", "context": ""}, {"encounter": None}),
    ],
)
def test_what_was_chosen_is_launched(http, smart, state, more, expected):
    context = launched(state, smart, http.get("/launch", query_string=CHOICE | more))

    assert (context.patient, context.user.id) == ("ada-byron", "nurse-nancy")
    assert expected.items() <= vars(context).items()


@pytest.mark.parametrize("path", ["/launch", "/chart"])
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"patient": "nobody"}, 404),
        ({"patient": ""}, 404),
        ({"patient": "../Practitioner/nurse-nancy"}, 404),
        ({"patient": "\x00'\""}, 404),
        ({"user": "nobody"}, 404),
        ({"user": "ada-byron"}, 404),
        ({"user": ""}, 404),
        ({"encounter": "nothing"}, 404),
        ({"encounter": "ben-visit"}, 404),
        ({"context": "Condition/ben-cancer"}, 404),
        ({"context": "nonsense"}, 404),
        ({"client": "nobody"}, 404),
        ({"need_patient_banner": "maybe"}, 400),
        ({"intent": "<script>"}, 400),
    ],
)
def test_what_does_not_exist_is_a_page_that_says_so(http, path, changes, status):
    answer = http.get(path, query_string=CHOICE | changes)

    assert answer.status_code == status
    heading = page(answer).find(".//h1")
    assert heading is not None
    assert "fault" not in heading.text
    assert "<script>" not in answer.text


def test_the_chart_has_the_app_in_a_frame_below_its_own_header(http):
    tree = page(http.get("/chart", query_string=CHOICE | {"intent": "stage", "endpoint": "x"}))

    (frame,) = tree.iter("iframe")
    assert frame.get("src").startswith("/launch?")
    assert "need_patient_banner=false" in frame.get("src")
    assert "intent=stage" in frame.get("src")
    assert frame.get("title")
    assert "BYRON, Ada" in "".join(tree.find(".//header").itertext())


def test_the_chart_leaves_the_banner_to_the_app_if_told_to(http):
    tree = page(http.get("/chart", query_string=CHOICE | {"need_patient_banner": "true"}))

    (frame,) = tree.iter("iframe")
    assert "need_patient_banner=true" in frame.get("src")
    assert "false" not in frame.get("src")


def test_the_chart_opens_the_app_for_a_visit(http):
    tree = page(http.get("/chart", query_string=CHOICE | {"encounter": "ada-new"}))

    current = [link for link in tree.iter("a") if link.get("aria-current")]
    assert [link.get("href") for link in current] == [
        "/chart?patient=ada-byron&user=nurse-nancy&encounter=ada-new"
    ]


def test_errors_are_pages(http):
    assert http.get("/nowhere").status_code == 404
    assert http.post("/").status_code == 405
    assert "<h1>" in http.get("/nowhere").text


def test_the_style_is_public_json(http):
    assert http.get("/smart-style.json").json["color_text"] == "#17232e"
