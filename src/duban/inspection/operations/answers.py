"""The answers of a visit to its checklist version: kept as a draft with gaps, complete when the visit is handed in."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duban.checklists import answers as checklist_answers
from duban.checklists import questions
from duban.checklists.models import CheckItem
from duban.checklists.queries import questions_of
from duban.inspection import policy, positions, screening
from duban.inspection.models import Answer, Visit
from duban.inspection.states import VisitState
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.errors import Invalid, WrongState
from duban.kernel.loading import get_visible
from duban.kernel.policy import require


@transaction.atomic
def record_answers(
    *,
    actor: Actor,
    at: datetime,
    visit_id: UUID,
    answers: Mapping[str, Any],
    is_correction: bool = False,
    awaited: Collection[str] = (),
    screening_override: str = "",
) -> Visit:
    """This function will keep the answers to the visit's checklist version, replacing earlier ones.

    A draft may have gaps; what is answered must fit its question. Answers inside a repeat are keyed `name.0`,
    `name.1` …; what is required is checked when the visit is handed in. A correction (`is_correction`) is of a visit
    handed in, and has to be complete at once.

    :raises Invalid: with one message per question.
    """
    visit = get_visible(policy.visits_visible_to(actor), visit_id, lock=True)
    require(policy.can_answer_visit(actor, visit))
    if visit.state != (VisitState.SUBMITTED if is_correction else VisitState.OPEN):
        raise WrongState()
    if visit.checklist_version_id is None:
        raise Invalid("no_checklist", _("这个点位没有检查表。"))
    tree = questions_of(visit.checklist_version_id)
    forbidden = positions.forbidden_in(visit)
    answers = {key: value for key, value in answers.items() if key.partition(".")[0] not in forbidden}
    attached = {*awaited}
    if is_correction:
        attached.update(visit.evidence.exclude(question="").values_list("question", flat=True))
    # What may not be kept cannot be demanded either.
    clean = checklist_answers.check(
        tree, answers, complete=is_correction, attached=attached, excused=forbidden
    )
    texts = {name: value for name, value in clean.items() if isinstance(value, str)}
    kept = screening.require_clean(texts, override=screening_override)
    rows = CheckItem.objects.filter(version_id=visit.checklist_version_id).order_by()
    items = dict(rows.values_list("name", "is_must_ask"))
    visit.answers.all().delete()
    Answer.objects.bulk_create([_row(visit, key, value, items) for key, value in clean.items()])
    journal.record("visit.answered", actor=actor, at=at, subject=visit, detail={"count": len(clean)})
    if kept:
        places = [{"field": name, "kind": hit.kind} for name, hit in kept]
        journal.record(
            "text.screening_overridden", actor=actor, at=at, subject=visit, reason=screening_override,
            detail={"places": places},
        )  # fmt: skip
    return visit


def _row(visit: Visit, key: str, value: str | list[str], items: Mapping[str, bool]) -> Answer:
    name, dot, last = key.rpartition(".")
    name, index = (name, int(last)) if dot else (key, 0)
    return Answer(
        visit=visit,
        name=name,
        index=index,
        value=" ".join(value) if isinstance(value, list) else value,
        is_check=name in items,
        is_must_ask=bool(items.get(name)),
    )


def answers_of(visit: Visit) -> dict[str, str]:
    """Return the kept answers in the shape doors send them (`name`, or `name.0` inside a repeat)."""
    version_id = visit.checklist_version_id
    repeated = _repeated(questions_of(version_id)) if version_id else frozenset()
    rows = visit.answers.order_by().values_list("name", "index", "value")
    return {f"{name}.{index}" if name in repeated else name: value for name, index, value in rows}


def _repeated(nodes: list[questions.Node], inside: bool = False) -> frozenset[str]:
    found: set[str] = set()
    for node in nodes:
        if node["kind"] in ("group", "repeat"):
            found |= _repeated(node["children"], inside or node["kind"] == "repeat")
        elif inside:
            found.add(node["name"])
    return frozenset(found)


def require_complete(visit: Visit, awaited: Collection[str] = ()) -> None:
    """This function will pass silently if nothing required is missing from the visit's checklist.

    `awaited` are questions whose photo is on its way.

    :raises Invalid: with one message per open question.
    """
    attached = set(visit.evidence.exclude(question="").order_by().values_list("question", flat=True))
    attached.update(awaited)
    checklist_answers.check(
        questions_of(visit.checklist_version_id), answers_of(visit), attached=attached,
        excused=positions.forbidden_in(visit),
    )  # fmt: skip
