"""What may come of a save, each with its page: title, sentences, lists, and what is offered."""

from dataclasses import replace

from app.fhir.errors import (
    BadAnswer,
    Conflict,
    Expired,
    Forbidden,
    Missing,
    Refused,
    ServerFault,
    Unreachable,
)
from app.forms._pages.presenter import Action
from app.forms._saving.differences import Change, Difference
from app.forms._saving.outcome import Outcome, Stored, Unseen
from app.forms._saving.plan import Write
from app.forms._saving.sending import NotSaved

T, N, M = (
    Write(label, "new", f"urn:uuid:{letter}", {"resourceType": "Observation"})
    for letter, label in (
        ("t", "Primary tumor (T)"),
        ("n", "Regional nodes (N)"),
        ("m", "Distant metastases (M)"),
    )
)
HELD = {"resourceType": "Observation", "id": "g", "meta": {"versionId": "3"}}
GROUP = Write("TNM stage group", "amended", "Observation/g", HELD, HELD)
GONE = Write("TNM stage group", "retracted", "Observation/g", HELD, HELD)

IN_CHART, UNSEEN, NOT_FOUND, NOT_IN_CHART, DIFFERENT = (
    "In the chart",
    "Stored, as the EHR says, and not seen",
    "Not found in the chart yet",
    "Not in the chart",
    "Different in the chart",
)
SUMMARY = Action("To the summary", "summary")
TRY, CHECK, REST = (
    Action(label, "save", primary=True) for label in ("Try again", "Check again", "Save the rest")
)
BACK = Action("Back to the form", "form")
COMPARE = Action("Compare and choose", "form", primary=True)
CLOSE = Action("I have looked in the EHR: close this entry", "close")
CLOSE_PART = Action("Close this entry, with the rest not saved", "close")
CLOSE_ALTERED = Action("Close this entry, as the chart holds it", "close")
ABSENT = Action("I have looked in the EHR: it is not there, send it again", "absent")

NOT_SEEN = (
    "The EHR answered that it stored what stands below, and the app cannot see it in the chart. So "
    "it is not known whether it stands there as you entered it. Look for it in the EHR itself. The "
    "app does not send it again."
)
LISTED_AS_NOT_SEEN = NOT_SEEN.replace("stands below", "is listed as not seen")
COMPARED = (
    "The chart holds something else than you saw at the review. Compare: your answers stay, and "
    "what the chart holds stands beside them."
)
OTHER_CONTENT = (
    "The EHR holds a record of this entry with another content than you entered. Look at it on the "
    "summary, and amend it there."
)
LOOK_AGAIN = (
    "The chart holds something else than you saw at the review. Look at what it holds now before "
    "you mark it as entered in error."
)
HIDDEN = (
    "The EHR was sent your entry, and does not let the app see whether it holds it. Look for it in "
    "the EHR itself."
)
UNSURE = "It may hold it or not. Check again: the app looks first, and never writes an entry twice."
NOT_LOOKED_UP = (
    f"The EHR was sent your entry and the app could not look up what became of it. {UNSURE}"
)


def outcome(stored=(), missing=(), different=(), unseen=(), error=None, refusals=None):
    return Outcome(
        stored=tuple(Stored(write, {**HELD, "id": write.full_url[-1]}) for write in stored),
        missing=tuple(missing),
        different=tuple(different),
        provenance=None,
        error=error,
        unseen=tuple(unseen),
        refusals=refusals,
    )


def result(**parts):
    """Return what `save_draft` makes of an outcome that is not complete."""
    found = outcome(**parts)
    return NotSaved(found, found.error, unknown=bool(found.unseen))


def lost(**parts):
    """Return what `save_draft` makes of new records that were sent without an answer."""
    found = outcome(**parts)
    sent = frozenset(write.full_url for write in found.missing)
    return NotSaved(replace(found, lost=sent), found.error, unknown=True)


def altered(write, *differences):
    """Return what `save_draft` makes of a new record that the EHR changed."""
    found = outcome(different=[write])
    return NotSaved(replace(found, altered=(Stored(write, HELD, differences),)))


LEFT_OUT = Difference(Change.LEFT_OUT, "Note", "seen again")
NOT_FOUND_YET = (
    "The EHR was sent your entry and did not confirm it. The chart does not show it, which proves "
    "nothing yet: a search may be behind by seconds or minutes. Check again: the app looks, and "
    "sends nothing. If it stays away, look in the EHR itself."
)


def unseen(write, error=None):
    return Unseen(write, f"Observation/{write.full_url[-1]}", error)


T_UNSEEN = "Primary tumor (T), as Observation/t: the EHR does not show it"

# Each case: the result, the title, what is said, the lists, the actions.
CASES = {
    "refused": (
        result(missing=[T, N], error=Refused(issues=["Staging is closed"])),
        "Nothing was saved",
        [Refused.default, "The EHR said: Staging is closed"],
        {NOT_IN_CHART: ["Primary tumor (T)", "Regional nodes (N)"]},
        [TRY, BACK, SUMMARY],
    ),
    "forbidden": (
        result(missing=[T], error=Forbidden()),
        "Nothing was saved",
        [Forbidden.default],
        {NOT_IN_CHART: ["Primary tumor (T)"]},
        [TRY, BACK, SUMMARY],
    ),
    "never sent": (
        NotSaved(error=Unreachable(sent=False)),
        "Nothing was saved",
        [Unreachable.default],
        {},
        [TRY, BACK, SUMMARY],
    ),
    "never sent, by a server at fault": (
        NotSaved(error=ServerFault(http_status=500)),
        "Nothing was saved",
        [ServerFault.default],
        {},
        [TRY, BACK, SUMMARY],
    ),
    "each record refused by itself": (
        result(
            missing=[T, N],
            refusals={T.full_url: Refused(issues=["no", "never"]), N.full_url: Forbidden()},
        ),
        "Nothing was saved",
        ["The EHR did not store what is listed as not in the chart."],
        {
            NOT_IN_CHART: [
                "Primary tumor (T): no; never",
                f"Regional nodes (N): {Forbidden.default}",
            ]
        },
        [TRY, BACK, SUMMARY],
    ),
    "answer lost": (
        result(missing=[T], error=Unreachable(sent=True)),
        "Nothing was saved, as far as the chart shows",
        [
            "The EHR was sent your entry and did not confirm it. The chart does not show it.",
            Unreachable.default,
        ],
        {NOT_IN_CHART: ["Primary tumor (T)"]},
        [TRY, BACK, SUMMARY],
    ),
    "answer lost, and a new record not found": (
        lost(missing=[T], error=Unreachable(sent=True)),
        "It is not known whether this was saved",
        [NOT_FOUND_YET, Unreachable.default],
        {NOT_FOUND: ["Primary tumor (T)"]},
        [CHECK, ABSENT, CLOSE, SUMMARY],
    ),
    "looked for again, and not found": (
        lost(missing=[T, N]),
        "It is not known whether this was saved",
        [NOT_FOUND_YET],
        {NOT_FOUND: ["Primary tumor (T)", "Regional nodes (N)"]},
        [CHECK, ABSENT, CLOSE, SUMMARY],
    ),
    "in part, and the rest not found": (
        lost(stored=[T], missing=[N], error=ServerFault(http_status=500)),
        "A part was saved, and it is not known whether the rest was saved",
        [NOT_FOUND_YET, ServerFault.default],
        {IN_CHART: ["Primary tumor (T)"], NOT_FOUND: ["Regional nodes (N)"]},
        [CHECK, ABSENT, CLOSE, SUMMARY],
    ),
    "a new record with another meaning, and in what": (
        altered(T, Difference(Change.OTHER, "Value", "5.0 mg", "5 g"), LEFT_OUT),
        "The chart holds something else than you sent",
        [OTHER_CONTENT],
        {DIFFERENT: ["Primary tumor (T): value: you entered 5.0 mg, it holds 5 g"]},
        [Action("To the summary", "summary", primary=True), BACK, CLOSE_ALTERED],
    ),
    "server at fault": (
        result(missing=[T], error=ServerFault(http_status=500, issues=["out of disk"])),
        "Nothing was saved, as far as the chart shows",
        [
            "The EHR was sent your entry and did not confirm it. The chart does not show it.",
            ServerFault.default,
            "The EHR said: out of disk",
        ],
        {NOT_IN_CHART: ["Primary tumor (T)"]},
        [TRY, BACK, SUMMARY],
    ),
    "turned away at the door": (
        result(missing=[T], error=ServerFault(http_status=429)),
        "Nothing was saved",
        [ServerFault.default],
        {NOT_IN_CHART: ["Primary tumor (T)"]},
        [TRY, BACK, SUMMARY],
    ),
    "in part": (
        result(stored=[T], missing=[N], error=Refused(issues=["no nodes"])),
        "Only a part was saved",
        [Refused.default, "The EHR said: no nodes"],
        {IN_CHART: ["Primary tumor (T)"], NOT_IN_CHART: ["Regional nodes (N)"]},
        [REST, CLOSE_PART, SUMMARY],
    ),
    "in part, a record refused by itself": (
        result(stored=[T], missing=[N], refusals={N.full_url: Refused(issues=["no nodes"])}),
        "Only a part was saved",
        ["The EHR did not store what is listed as not in the chart."],
        {IN_CHART: ["Primary tumor (T)"], NOT_IN_CHART: ["Regional nodes (N): no nodes"]},
        [REST, CLOSE_PART, SUMMARY],
    ),
    "in part, then lost": (
        result(stored=[T], missing=[N], error=Unreachable(sent=True)),
        "Only a part was saved",
        [Unreachable.default],
        {IN_CHART: ["Primary tumor (T)"], NOT_IN_CHART: ["Regional nodes (N)"]},
        [REST, CLOSE_PART, SUMMARY],
    ),
    "unseen": (
        result(unseen=[unseen(T), unseen(N, Forbidden()), unseen(M, Unreachable(sent=True))]),
        "The EHR says that it stored this, and it could not be checked",
        [NOT_SEEN],
        {
            UNSEEN: [
                T_UNSEEN,
                "Regional nodes (N), as Observation/n: the EHR does not let you read it",
                "Distant metastases (M), as Observation/m: it could not be read",
            ]
        },
        [CHECK, CLOSE, SUMMARY],
    ),
    "unseen, without an address": (
        result(unseen=[Unseen(T, None)]),
        "The EHR says that it stored this, and it could not be checked",
        [NOT_SEEN],
        {UNSEEN: ["Primary tumor (T): the EHR does not show it"]},
        [CHECK, CLOSE, SUMMARY],
    ),
    "unseen and stored": (
        result(unseen=[unseen(T)], stored=[N]),
        "The EHR says that it stored this, and it could not be checked",
        [LISTED_AS_NOT_SEEN],
        {IN_CHART: ["Regional nodes (N)"], UNSEEN: [T_UNSEEN]},
        [CHECK, CLOSE, SUMMARY],
    ),
    "unseen and missing": (
        result(unseen=[unseen(T)], missing=[N], error=Refused(issues=["no nodes"])),
        "Only a part was saved, and it could not be checked",
        [LISTED_AS_NOT_SEEN, Refused.default, "The EHR said: no nodes"],
        {UNSEEN: [T_UNSEEN], NOT_IN_CHART: ["Regional nodes (N)"]},
        [REST, CLOSE_PART, SUMMARY],
    ),
    "unseen and different": (
        result(unseen=[unseen(T)], different=[GROUP]),
        "The EHR says that it stored this, and it could not be checked",
        [LISTED_AS_NOT_SEEN],
        {UNSEEN: [T_UNSEEN], DIFFERENT: ["TNM stage group"]},
        [CHECK, CLOSE, SUMMARY],
    ),
    "unseen, missing and different": (
        # What differs keeps the rest from being sent, so that nothing of it can be offered.
        result(unseen=[unseen(T)], missing=[N], different=[GROUP]),
        "Only a part was saved, and it could not be checked",
        [LISTED_AS_NOT_SEEN],
        {
            UNSEEN: [T_UNSEEN],
            NOT_IN_CHART: ["Regional nodes (N)"],
            DIFFERENT: ["TNM stage group"],
        },
        [CHECK, CLOSE, SUMMARY],
    ),
    "hidden": (
        NotSaved(error=Forbidden(issues=["not for you"]), unknown=True),
        "It is not known whether this was saved",
        [
            HIDDEN,
            "The EHR said: not for you",
        ],
        {},
        [CHECK, ABSENT, CLOSE, SUMMARY],
    ),
    "unknown": (
        NotSaved(error=Unreachable(sent=False), unknown=True),
        "It is not known whether this was saved",
        [f"The EHR was sent your entry and then did not answer. {UNSURE}"],
        {},
        [CHECK, SUMMARY],
    ),
    "unknown, since the access has ended": (
        NotSaved(error=Expired(), unknown=True),
        "It is not known whether this was saved",
        [
            NOT_LOOKED_UP,
            Expired.default,
        ],
        {},
        [CHECK, SUMMARY],
    ),
    "unknown, since the chart answers in no FHIR": (
        NotSaved(error=BadAnswer(), unknown=True),
        "It is not known whether this was saved",
        [
            NOT_LOOKED_UP,
            BadAnswer.default,
        ],
        {},
        [CHECK, SUMMARY],
    ),
    "unknown, since the chart refuses the search": (
        # Its advice is for one who writes: nothing can be changed here.
        NotSaved(error=Refused(issues=["no such parameter"]), unknown=True),
        "It is not known whether this was saved",
        [
            HIDDEN,
            "The EHR said: no such parameter",
        ],
        {},
        [CHECK, ABSENT, CLOSE, SUMMARY],
    ),
    "unknown, since the chart does not search the type": (
        NotSaved(error=Missing(), unknown=True),
        "It is not known whether this was saved",
        [HIDDEN],
        {},
        [CHECK, ABSENT, CLOSE, SUMMARY],
    ),
    "changed by others": (
        result(different=[GROUP], error=Conflict()),
        "The chart changed, and nothing of yours was saved",
        [COMPARED],
        {DIFFERENT: ["TNM stage group"]},
        [COMPARE, SUMMARY],
    ),
    "changed by others, told in the answer to the record": (
        result(different=[GROUP], refusals={GROUP.full_url: Conflict()}),
        "The chart changed, and nothing of yours was saved",
        [COMPARED],
        {DIFFERENT: ["TNM stage group"]},
        [COMPARE, SUMMARY],
    ),
    "changed by others, the rest not stored": (
        result(missing=[T], different=[GROUP], error=Conflict()),
        "The chart changed, and nothing of yours was saved",
        [COMPARED],
        {NOT_IN_CHART: ["Primary tumor (T)"], DIFFERENT: ["TNM stage group"]},
        [COMPARE, SUMMARY],
    ),
    "changed by others, the rest stored": (
        result(stored=[T], different=[GROUP], error=Conflict()),
        "Only a part was saved",
        [COMPARED],
        {IN_CHART: ["Primary tumor (T)"], DIFFERENT: ["TNM stage group"]},
        [COMPARE, CLOSE_PART, SUMMARY],
    ),
    "an amendment with another content": (
        result(different=[GROUP]),
        "The chart holds something else than you sent",
        [COMPARED],
        {DIFFERENT: ["TNM stage group"]},
        [COMPARE, SUMMARY],
    ),
    "an amendment with another content, its answer lost": (
        result(different=[GROUP], error=Unreachable(sent=True)),
        "The chart holds something else than you sent",
        [COMPARED],
        {DIFFERENT: ["TNM stage group"]},
        [COMPARE, SUMMARY],
    ),
    "a new record with another content": (
        result(different=[T]),
        "The chart holds something else than you sent",
        [OTHER_CONTENT],
        {DIFFERENT: ["Primary tumor (T)"]},
        [Action("To the summary", "summary", primary=True), BACK, CLOSE_ALTERED],
    ),
    "a new record with another content, the rest stored": (
        result(stored=[N], different=[T]),
        "Only a part was saved",
        [OTHER_CONTENT],
        {IN_CHART: ["Regional nodes (N)"], DIFFERENT: ["Primary tumor (T)"]},
        [Action("To the summary", "summary", primary=True), BACK, CLOSE_ALTERED],
    ),
    "a new record and an amendment with another content": (
        result(different=[T, GROUP], error=Conflict()),
        "The chart holds something else than you sent",
        [OTHER_CONTENT, COMPARED],
        {DIFFERENT: ["Primary tumor (T)", "TNM stage group"]},
        [COMPARE, SUMMARY],
    ),
    "a retraction that met another's change": (
        result(different=[GONE], error=Conflict()),
        "The chart changed, and nothing of yours was saved",
        [
            LOOK_AGAIN,
        ],
        {DIFFERENT: ["TNM stage group"]},
        [Action("Look again", "form", primary=True), SUMMARY],
    ),
}
