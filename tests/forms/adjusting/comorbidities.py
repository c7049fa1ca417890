"""Something has to be said, and no disease is both present and absent."""


def adjust(form, answers, data):
    fitting = dict(answers)
    if not any(answers[name] for name in ("own", "present", "absent")):
        fitting["own"] = "Condition/heart"
    present = set(fitting["present"].split("\n"))
    absent = [key for key in fitting["absent"].split("\n") if key not in present]
    return {**fitting, "absent": "\n".join(absent)}
