"""Questions about texts that a plan writes beside codes and doses that say something else."""

import hashlib
from collections.abc import Iterator

from app.fhir.paths import codes, objects, text
from app.fhir.types import Element
from app.formatting import quantity
from app.forms._definition import EntryForm, Question
from app.forms._saving.plan import Plan
from app.mcode.agreement import contradiction, other_unit
from app.mcode.dosage_text import contradictions
from app.mcode.dosages import dosage_display, dosage_steps
from app.mcode.valuesets import fixed_codes


def contradicting(form: EntryForm, plan: Plan) -> Iterator[Question]:
    """Yield a question for each text of the person that its structure contradicts.

    What stands in the chart and stays is not asked about; what is coded of it stands in the review.
    """
    for write in plan.writes:
        if write.act == "retracted":
            continue
        held = {repr(node) for node in objects(write.before) if _has_code(node)}
        texts = {step.get("text") for step in dosage_steps(write.before or {})}
        for step in dosage_steps(write.after):
            if step.get("text") not in texts:
                yield from _of_dosage(form, step)
        for node in filter(_has_code, objects(write.after)):
            if repr(node) not in held:
                yield from _of_codes(form, node)


def _has_code(node: Element) -> bool:
    return "coding" in node or "code" in node


def _of_dosage(form: EntryForm, step: Element) -> Iterator[Question]:
    for found in contradictions(step):
        yield _question(
            form,
            text(step.get("text")) or "",
            f"The dosage in words says “{found.said}”, and the {found.label.lower()} is "
            f"“{found.coded}”. What is coded reads: “{dosage_display(step)}”. "
            "Tick to confirm that both are right",
        )


def _of_codes(form: EntryForm, node: Element) -> Iterator[Question]:
    words = text(node.get("text")) or ""
    is_answer = bool(codes(node)) and not codes(node) & fixed_codes()
    if is_answer and (coded := contradiction(node)):
        sentence = f"“{words}” has the code of “{coded}”. Tick to confirm the code"
        yield _question(form, words, sentence)
    elif "value" in node and (unit := other_unit(node)):
        sentence = f"The unit of {quantity(node)} is coded as {unit}. Tick to confirm the unit"
        yield _question(form, quantity(node), sentence)


def _question(form: EntryForm, words: str, sentence: str) -> Question:
    """Return the question at the field with these words; a tick confirms this very sentence."""
    key = hashlib.sha256(sentence.encode()).hexdigest()[:16]
    told = {name: (form.display(name), item.text) for name, item in form.asked.items()}
    own = (name for name, texts in told.items() if words and words in texts)
    return Question(f"contradiction-{key}", next(own, next(iter(form.asked))), sentence)
