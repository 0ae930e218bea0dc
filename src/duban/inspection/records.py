"""What a phone hands in as one record: a visit with its answers, findings and the photos it names. Plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from duban.inspection.models import Phase

HEAD, FINDINGS, CLOSING = "duban_visit", "duban_findings", "duban_closing"  # the groups of a phone's form
MOST_FINDINGS = 60
PHOTOS = ("photo_1", "photo_2", "photo_3")
PHOTO_AFTER = "photo_after"
OTHER_SITE = "other"  # the choice of the form for a site outside the dispatch


@dataclass(frozen=True, slots=True)
class NamedPhoto:
    """A photo the record names; its bytes may come later."""

    name: str
    finding_id: UUID | None = None
    question: str = ""
    phase: str = Phase.BEFORE


@dataclass(frozen=True, slots=True)
class FoundThere:
    """One finding of a record, as `register_finding` takes it; codes instead of ids."""

    id: UUID
    template: str = ""
    fact: str = ""
    category: str = ""
    severity: str = ""
    line: str = ""
    unit_code: str = ""
    requirement: str = ""
    is_on_spot: bool = False
    on_spot_note: str = ""
    order_now: bool = False
    check_item: str = ""
    found_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record. Times are the phone's and are not trusted; scope, receipt and identity come from the server."""

    id: UUID
    version_id: UUID
    site_code: str
    mode: str
    methods: Sequence[str]
    arrived_at: datetime
    left_at: datetime | None
    signature: str
    self_statement: str
    other_code: str = ""
    manual_reason: str = ""
    purpose: str = ""
    call_outcome: str = ""
    call_post: str = ""
    accompanied_post: str = ""
    accompanied_count: int = 0
    unit_opinion: str = ""
    no_notice: Mapping[str, bool] = field(default_factory=dict)
    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    findings: Sequence[FoundThere] = ()
    photos: Sequence[NamedPhoto] = ()
    replaces: UUID | None = None
