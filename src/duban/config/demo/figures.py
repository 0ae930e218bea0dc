"""What the demo came to, counted in the database."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from duban.campaigns.models import Campaign
from duban.documents.models import OfficialDocument
from duban.inspection.models import Finding
from duban.inspection.states import WAITING_ON_UNIT, FindingState, Lateness
from duban.kernel import seals
from duban.kernel.models import Event
from duban.people.actors import actor_for
from duban.people.models import User
from duban.rectification.models import Referral, WorkOrder
from duban.rectification.states import OrderState
from duban.reporting import todos
from duban.reporting.models import Bulletin, Edition
from duban.reporting.states import BulletinState
from duban.teams.models import Round, Team, TeamKind


def count() -> dict[str, Any]:
    """This function will return the figures of the demo; `teams` are the open ones, `covert_teams` the covert ones."""
    findings = Finding.objects.exclude(state=FindingState.WITHDRAWN)
    late = Q(state__in=WAITING_ON_UNIT) & ~Q(lateness=Lateness.NONE)
    verdict = seals.verify()
    return {
        "teams": Team.objects.exclude(kind=TeamKind.COVERT).count(),
        "covert_teams": Team.objects.filter(kind=TeamKind.COVERT).count(),
        "rounds": Round.objects.count(),
        "bulletins": Bulletin.objects.filter(state=BulletinState.ISSUED).count(),
        "findings": findings.count(),
        "on_spot": findings.filter(is_on_spot=True).count(),
        "orders": WorkOrder.objects.exclude(state__in=(OrderState.DRAFT, OrderState.VOIDED)).count(),
        "written_off": findings.filter(state=FindingState.WRITTEN_OFF).count(),
        "overdue": findings.filter(late).count(),
        "recurrences": findings.filter(reopened_at__isnull=False).count(),
        "referrals": Referral.objects.count(),
        "summaries": Edition.objects.count(),
        "documents": OfficialDocument.objects.count(),
        "journal_events": Event.objects.count(),
        "journal_verified": verdict.is_sound and verdict.open_events == 0,
    }


def without_work(at: datetime) -> list[str]:
    """Return the printed accounts that would find nothing to do at the demo's moment; there should be none."""
    campaign = Campaign.objects.get()
    names = [one["username"] for one in json.loads((settings.DATA / "demo-logins.json").read_text())]
    people = User.objects.filter(username__in=names).order_by("username")
    return [one.username for one in people if not todos.count_mine(actor_for(one, at=at), campaign, at)]
