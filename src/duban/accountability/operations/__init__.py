"""Every write of accountability, by stage: file, hearing, tolerance, decision, appeal, publication."""

from duban.accountability.operations.appeals import assign_reviewer, decide_appeal, file_appeal
from duban.accountability.operations.decisions import (
    conclude_case,
    confirm_effect,
    deliver_decision,
    record_decision,
)
from duban.accountability.operations.files import (
    add_new_facts,
    change_case,
    examine_line,
    hand_over_case,
    open_case,
    read_case_file,
    withdraw_case,
)
from duban.accountability.operations.hearing import (
    answer_distinctions,
    consider_tolerance,
    hear_defence,
    propose_measures,
    tell_subject,
)
from duban.accountability.operations.meddling import record_meddling
from duban.accountability.operations.publication import (
    check_publication,
    draft_publication,
    publish_decision,
    remove_publication,
)
from duban.accountability.operations.tolerance import (
    accept_tolerance,
    apply_for_tolerance,
    check_correction,
    close_tolerance,
    decline_tolerance,
    determine_tolerance,
    tell_tolerance,
    verify_tolerance,
)

__all__ = [
    "accept_tolerance", "add_new_facts", "answer_distinctions", "apply_for_tolerance", "assign_reviewer",
    "change_case", "check_correction", "check_publication", "close_tolerance", "conclude_case",
    "confirm_effect", "consider_tolerance", "decide_appeal", "decline_tolerance", "deliver_decision",
    "determine_tolerance",
    "draft_publication", "examine_line", "file_appeal", "hand_over_case", "hear_defence", "open_case",
    "propose_measures", "publish_decision", "read_case_file", "record_decision", "record_meddling",
    "remove_publication", "tell_subject", "tell_tolerance", "verify_tolerance", "withdraw_case",
]  # fmt: skip
