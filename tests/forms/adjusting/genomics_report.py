"""A report has a finding or a conclusion, and is issued after the test and before today."""

from hypothesis import strategies as st


def adjust(form, answers, data):
    if not answers["results"] and not answers["conclusion"]:
        answers["results"] = form.results.options[0].text
    if answers["issued"]:
        moment = data.draw(st.datetimes()).strftime("%H:%M")
        day = data.draw(st.integers(1, 28))
        answers["date"] = answers["date"].replace("2026", "2025")
        answers["issued"] = f"2026-{data.draw(st.integers(1, 10)):02}-{day:02} {moment} UTC"
    return answers
