"""Making a result public: a text with unit, post, facts and measures, checked and published by people.

Only after effect, only with a legal check by somebody else, without names, with a day of removal (G-25).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from duban.accountability import limits, policy
from duban.accountability.models import AccountabilityCase, Publication
from duban.accountability.states import PUBLICATION_TRANSITIONS, PublicationState
from duban.accountability.steps import load_case, record, took_part, words
from duban.kernel import clock, workflow
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid
from duban.kernel.loading import get_visible
from duban.people.models import User
from duban.rectification.progress import allow


@transaction.atomic
def draft_publication(*, actor: Actor, at: datetime, case_id: UUID, text: str) -> Publication:
    """This function will keep a text to be made public; a changed text needs a new legal check.

    :raises Denied: before the decision has taken effect. :raises Invalid: for a text with a person's name.
    """
    case = load_case(actor, case_id)
    allow(policy.can_draft_publication(actor, case))
    text = words(text=(text, _("请写明公开内容。")))["text"]
    _refuse_names(case, text)
    publication = getattr(case, "publication", None)
    if publication is None:
        publication = Publication.objects.create(
            case=case, campaign_id=case.campaign_id, area_path=case.area_path, text=text,
            drafted_by_id=actor.user_id, drafted_at=at,
        )  # fmt: skip
    else:
        workflow.move(
            publication, PUBLICATION_TRANSITIONS, "redraft", text=text, drafted_by_id=actor.user_id,
            drafted_at=at, legal_opinion="", checked_by=None, checked_at=None,
        )  # fmt: skip
    took_part(case, actor)
    record("publication.drafted", actor=actor, at=at, case=case)
    return publication


@transaction.atomic
def check_publication(*, actor: Actor, at: datetime, publication_id: UUID, opinion: str) -> Publication:
    """This function will record the legal check, by somebody other than the drafter."""
    publication = _load(actor, publication_id)
    allow(policy.can_check_publication(actor, publication))
    opinion = words(opinion=(opinion, _("请写明核对意见。")))["opinion"]
    _refuse_names(publication.case, publication.text)
    workflow.move(
        publication, PUBLICATION_TRANSITIONS, "check", legal_opinion=opinion[:300],
        checked_by_id=actor.user_id, checked_at=at,
    )  # fmt: skip
    took_part(publication.case, actor)
    record("publication.checked", actor=actor, at=at, case=publication.case)
    return publication


@transaction.atomic
def publish_decision(*, actor: Actor, at: datetime, publication_id: UUID) -> Publication:
    """This function will make a checked text public, with the day on which it has to be removed."""
    publication = _load(actor, publication_id)
    allow(policy.can_publish_decision(actor, publication))
    today = clock.local_day(at)
    workflow.move(
        publication, PUBLICATION_TRANSITIONS, "publish", published_on=today, removed_on=None,
        removal_reason="", remove_on=limits.add_months(today, limits.PUBLIC_MONTHS),
    )  # fmt: skip
    took_part(publication.case, actor)
    record("publication.published", actor=actor, at=at, case=publication.case)
    return publication


@transaction.atomic
def remove_publication(*, actor: Actor, at: datetime, publication_id: UUID, reason: str) -> Publication:
    """This function will take a public text down, with the reason."""
    publication = _load(actor, publication_id)
    allow(policy.can_remove_publication(actor, publication))
    reason = words(reason=(reason, _("请写明撤下的理由。")))["reason"]
    return take_down(publication, actor=actor, at=at, reason=reason)


def take_down(publication: Publication, *, actor: Actor, at: datetime, reason: str) -> Publication:
    """This function will take a text down if it is public; called inside other operations."""
    if publication.state == PublicationState.PUBLISHED:
        workflow.move(
            publication, PUBLICATION_TRANSITIONS, "remove", removed_on=clock.local_day(at),
            removal_reason=reason[:300],
        )  # fmt: skip
        record("publication.removed", actor=actor, at=at, case=publication.case, reason=reason)
    return publication


def _load(actor: Actor, publication_id: UUID) -> Publication:
    return get_visible(policy.publications_visible_to(actor), publication_id, lock=True)


def _refuse_names(case: AccountabilityCase, text: str) -> None:
    """Refuse a text that names somebody whom the accounts of the unit or the post give away."""
    users = User.objects.filter(Q(unit_id=case.unit_id) | Q(post_id=case.post_id, post__isnull=False))
    if any(name in text for name in policy.names_of(users)):
        raise Invalid("person_named", fields={"text": _("公开内容只写单位和岗位，不写姓名。")})
