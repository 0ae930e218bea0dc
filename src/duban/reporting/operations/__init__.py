"""Every write of reporting: editions of the daily summary, and bulletins. Figures themselves are never written here."""

from duban.reporting.operations.bulletins import (
    change_bulletin,
    correct_bulletin,
    draft_bulletin,
    issue_bulletin,
    return_bulletin,
    submit_bulletin,
    withdraw_bulletin,
)
from duban.reporting.operations.editions import (
    acknowledge_edition,
    check_edition,
    correct_edition,
    edit_edition,
    freeze_edition,
    return_edition,
    review_edition,
    send_edition,
    sign_edition,
)
from duban.reporting.operations.receipts import urge_receipts

__all__ = [
    "acknowledge_edition", "change_bulletin", "check_edition", "correct_bulletin", "correct_edition", "draft_bulletin",
    "edit_edition", "freeze_edition", "issue_bulletin", "return_bulletin", "return_edition", "review_edition",
    "send_edition", "sign_edition", "submit_bulletin", "urge_receipts", "withdraw_bulletin",
]  # fmt: skip
