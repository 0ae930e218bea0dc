"""Limits of the procedure: calendar months for remedies, working days for tolerance (§2.5, §2.7). Pure.

The numbers are defaults a body may set otherwise in its decision (DOMAIN §8-5).
"""

import calendar
from datetime import date

from django.utils.translation import gettext as _

from duban.campaigns.models import LegalVersion
from duban.kernel.office_words import in_office_language

APPEAL_MONTHS = 1
ANSWER_MONTHS = 1
ACCEPT_WORKDAYS = 5
VERIFY_WORKDAYS = 15
DETERMINE_WORKDAYS = 5
TELL_WORKDAYS = 3
PUBLIC_MONTHS = 12  # §5.5: public pages expire after one year
MIN_ATTENDEES = 3
MIN_HEARERS = 2


def add_months(day: date, months: int) -> date:
    """This function will return the same day `months` later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def was_valid(version: LegalVersion, day: date) -> bool:
    """Test whether a version of a text was in force on `day`; one without a known first day never was."""
    if version.valid_from is None or version.valid_from > day:
        return False
    return version.valid_to is None or version.valid_to >= day


@in_office_language
def remedy_words(body: str, appeal_months: int = APPEAL_MONTHS, answer_months: int = ANSWER_MONTHS) -> str:
    """This function will write the remedy of a decision, to be checked by whoever records it."""
    return _(
        "对本决定不服的，可以自收到本决定之日起%(appeal)s个月内向%(body)s提出书面申诉。"
        "%(body)s自收到申诉之日起%(answer)s个月内作出书面答复。申诉期间不停止本决定的执行，不因申诉加重问责。"
    ) % {"appeal": appeal_months, "answer": answer_months, "body": body}
