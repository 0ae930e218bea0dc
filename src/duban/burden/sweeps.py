"""Approvals whose time is over are closed; nothing else happens by itself here."""

from datetime import datetime

from duban.burden import operations
from duban.burden.models import FormApproval
from duban.burden.states import ApprovalState
from duban.kernel.actor import SYSTEM
from duban.kernel.errors import WrongState
from duban.kernel.jobs import sweep


@sweep("burden.expire_form_approvals", order=60)
def expire_form_approvals(at: datetime) -> int:
    """This function will expire approvals that were valid until before `at`, each at its own time."""
    due = FormApproval.objects.filter(state=ApprovalState.APPROVED, expires_at__lte=at)
    done = 0
    for approval_id, expires_at in due.order_by("expires_at").values_list("pk", "expires_at"):
        try:
            operations.expire_form_approval(actor=SYSTEM, at=expires_at, approval_id=approval_id)
            done += 1
        except WrongState:
            continue  # another worker was faster
    return done
