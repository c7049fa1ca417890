"""A coded reason for ending a treatment goes with the status "stopped" only."""


def adjust(form, answers, data):
    coded = answers["reason"] and not answers["reason"].startswith("||")
    return {**answers, "status": "stopped"} if coded else answers
