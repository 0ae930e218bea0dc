"""Every write of rectification, by stage of the loop: orders, answers, decisions, verification, what follows."""

from duban.rectification.links import renew_link, revoke_order_links
from duban.rectification.operations.answers import (
    dispute_item,
    receive_order,
    reply_to_order,
    request_plan,
    request_recusal,
)
from duban.rectification.operations.common_problems import (
    answer_self_check,
    close_common_problem,
    propose_common_problem,
    renew_self_check_link,
    send_common_notice,
)
from duban.rectification.operations.decisions import decide_dispute, decide_plan
from duban.rectification.operations.lateness import advance_lateness, sign_urge
from duban.rectification.operations.look_backs import record_look_back, sample_look_backs
from duban.rectification.operations.orders import (
    change_order,
    discard_order,
    draft_order,
    draft_orders,
    issue_on_spot,
    issue_order,
    void_order,
)
from duban.rectification.operations.papers import draft_circular, issue_list, issue_rectification_notice
from duban.rectification.operations.referrals import answer_referral, refer_finding
from duban.rectification.operations.trace_backs import (
    conclude_trace_back,
    decide_trace_back,
    raise_trace_back,
)
from duban.rectification.operations.verifications import verify_item, verify_order

__all__ = [
    "advance_lateness", "answer_referral", "answer_self_check", "change_order", "close_common_problem", "conclude_trace_back",
    "decide_dispute", "decide_plan", "decide_trace_back", "discard_order", "dispute_item", "draft_circular", "draft_order",
    "draft_orders", "issue_list", "issue_on_spot", "issue_order", "issue_rectification_notice", "propose_common_problem",
    "raise_trace_back", "receive_order", "record_look_back", "refer_finding", "renew_link", "renew_self_check_link",
    "reply_to_order", "request_plan", "request_recusal",
    "revoke_order_links", "sample_look_backs", "send_common_notice", "sign_urge", "verify_item", "verify_order",
    "void_order",
]  # fmt: skip
