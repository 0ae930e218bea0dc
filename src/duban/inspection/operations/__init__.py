"""Every write of inspection. Split by noun; callers use `from duban.inspection import operations as inspection`."""

from duban.inspection.operations.answers import record_answers
from duban.inspection.operations.evidence import NewPhoto, attach_evidence, record_finding
from duban.inspection.operations.findings import register_finding, resubmit_finding, tell_unit
from duban.inspection.operations.papers import issue_daily_sheet
from duban.inspection.operations.review import (
    confirm_finding,
    return_finding,
    transfer_finding,
    verify_on_spot,
    withdraw_finding,
)
from duban.inspection.operations.sheets import lock_day, remind_team, submit_daily_sheet
from duban.inspection.operations.submissions import (
    accept_submission,
    discard_submission,
    merge_visits,
    receive_submission,
)
from duban.inspection.operations.support import answer_support_request, raise_support_request
from duban.inspection.operations.visits import (
    defer_visit,
    open_visit,
    submit_visit,
    withdraw_visit,
)

__all__ = [
    "accept_submission",
    "discard_submission",
    "merge_visits",
    "receive_submission",
    "NewPhoto",
    "answer_support_request",
    "attach_evidence",
    "confirm_finding",
    "defer_visit",
    "issue_daily_sheet",
    "lock_day",
    "open_visit",
    "raise_support_request",
    "record_answers",
    "record_finding",
    "register_finding",
    "remind_team",
    "resubmit_finding",
    "return_finding",
    "submit_daily_sheet",
    "submit_visit",
    "tell_unit",
    "transfer_finding",
    "verify_on_spot",
    "withdraw_finding",
    "withdraw_visit",
]
