"""What is done has a date; a side and a part are of a site."""


def adjust(form, answers, data):
    adjusted = dict(answers)
    if adjusted["status"] in {"completed", "in-progress"} and not adjusted["when"]:
        adjusted["when"] = "2026-02-03"
    if not adjusted["site"]:
        adjusted |= {"side": "", "part_of_site": ""}
    return adjusted
