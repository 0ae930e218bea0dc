"""What a topic may not hold, whether typed or brought in by table: persons, impossible numbers and days."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from duban.kernel.tables import is_person_number

MOST = 100_000
PHONE_DIGITS = 7  # so many digits in a few words are a telephone number, not a figure


def check_values(values: Mapping[str, Any], today: date) -> dict[str, str]:
    """This function will return what is wrong with matter, answer, number and days, by field."""
    subject, answer = values["subject"].strip(), values.get("answer", "").strip()
    wrong: dict[str, str] = {}
    if not subject:
        wrong["subject"] = _("请写明事项。")
    for name, text in (("subject", subject), ("answer", answer)):
        if is_person_number(text) or sum(one.isdigit() for one in text) >= PHONE_DIGITS:
            wrong[name] = _("不要写证件号、电话等个人信息。")
    if not 1 <= values["count"] <= MOST:
        wrong["count"] = _("请填 1 至 %(most)s。") % {"most": MOST}
    if values["ends_on"] < values["starts_on"]:
        wrong["ends_on"] = _("结束日期不能早于开始日期。")
    elif values["ends_on"] > today:
        wrong["ends_on"] = _("只登记已经反映的事项。")
    return wrong
