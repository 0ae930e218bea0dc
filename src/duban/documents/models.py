"""Official documents: number series, frozen records, deliveries. Rendering is pure code beside this (render.py)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.documents.states import DocumentState, NumberState
from duban.kernel.fields import PathField, Row
from duban.territory.models import Unit


class Series(Row):
    """A number series of a body, e.g. 示督交〔2020〕303号; `pattern` takes {year} and {serial}."""

    body = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="series")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="series")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    pattern = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["body", "campaign", "code"], name="one_series", nulls_distinct=False
            )
        ]


class Number(Row):
    """One number of a series and year: reserved, used or voided with a reason; gap-free by construction."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="numbers")
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    text = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=NumberState.choices, default=NumberState.RESERVED)
    reserved_at = models.DateTimeField()
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "serial"], name="one_serial_per_year")
        ]
        indexes = [models.Index(fields=["text"], name="number_text")]


class OfficialDocument(Row):
    """A document frozen at issue: `record` holds every figure and name, so that rendering again gives the same bytes."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=40)
    number = models.OneToOneField(Number, on_delete=models.PROTECT, null=True, related_name="document")
    number_text = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    record = models.JSONField()
    record_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=DocumentState.choices, default=DocumentState.ISSUED)
    issued_at = models.DateTimeField()
    issued_by_label = models.CharField(max_length=80)
    area_path = PathField()
    pdf = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    docx = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    page_count = models.PositiveSmallIntegerField(null=True)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]
        indexes = [
            models.Index(fields=["campaign", "kind", "issued_at"], name="document_kind"),
            models.Index(fields=["subject_type", "subject_id"], name="document_subject"),
            models.Index(fields=["number_text"], name="document_number"),
            models.Index(fields=["area_path", "issued_at"], name="document_scope"),
        ]

    def __str__(self) -> str:
        return self.number_text or self.title


class Delivery(Row):
    """Sending of a document to a unit, and its receipt."""

    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, related_name="deliveries")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="deliveries")
    is_copy = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    received_by_label = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "unit"], name="one_delivery_per_unit"),
            models.CheckConstraint(
                condition=Q(received_at=None) | Q(received_at__gte=models.F("sent_at")),
                name="received_after_sent",
            ),
        ]
        verbose_name = _("送达")
