"""Official documents: number series, frozen records, deliveries. Rendering is pure code beside this (render.py)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign
from duban.documents.states import BundleState, DocumentState, DraftState, NumberState
from duban.kernel.fields import PathField, Row
from duban.people.models import User
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

    @property
    def journal_shelf(self) -> str:
        return GUARDED_SHELF if self.code in GUARDED_SERIES else ""


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

    @property
    def journal_shelf(self) -> str:
        return self.series.journal_shelf


# Would tell where a team is going, that a covert team exists, or that a lead was handed over: read by the head of the
# campaign and the auditor. Their lines in the journal stand on a shelf of their own (campaigns/journal_scope.py).
GUARDED_KINDS = ("dispatch_sheet", "draw_record", "lead_transfer")
GUARDED_SERIES = ("dispatch", "dispatch_sheet", "draw_record", "lead_transfer")
GUARDED_SHELF = "documents.guarded"
# What every body of the campaign reads, wherever it is.
CIRCULATED_KINDS = ("bulletin", "daily_summary")


class Audience(models.TextChoices):
    INTERNAL = "internal", _("内部版")
    NAMED = "named", _("公开版（具名）")
    UNNAMED = "unnamed", _("公开版（不具名）")


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
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.INTERNAL)
    variant_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="variants",
        help_text=_("由哪份公文脱敏而来"),
    )
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="corrections", help_text=_("更正哪份公文")
    )
    names = models.JSONField(
        default=list, help_text=_("文中的个人姓名与对外称谓 [{name, post, may_be_named}]，只存内部版")
    )

    class Meta:
        ordering = ["-issued_at", "-id"]
        indexes = [
            models.Index(fields=["campaign", "kind", "issued_at"], name="document_kind"),
            models.Index(
                fields=["campaign"], name="document_circulated", condition=Q(kind__in=CIRCULATED_KINDS)
            ),
            models.Index(fields=["subject_type", "subject_id"], name="document_subject"),
            models.Index(fields=["number_text"], name="document_number"),
            models.Index(fields=["area_path", "issued_at"], name="document_scope"),
            models.Index(fields=["campaign", "issued_at", "id"], name="document_time"),
        ]

    def __str__(self) -> str:
        return self.number_text or self.title

    @property
    def journal_shelf(self) -> str:
        return GUARDED_SHELF if self.kind in GUARDED_KINDS else ""


class Delivery(Row):
    """Sending of a document to a unit, and its receipt."""

    document = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, related_name="deliveries")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="deliveries")
    is_copy = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    received_by_label = models.CharField(max_length=80, blank=True)
    urged_at = models.DateTimeField(null=True)
    urge_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "unit"], name="one_delivery_per_unit"),
            models.CheckConstraint(
                condition=Q(received_at=None) | Q(received_at__gte=models.F("sent_at")),
                name="received_after_sent",
            ),
        ]
        verbose_name = _("送达")


class RecipientGroup(Row):
    """A named group of recipients (各乡镇人民政府); it expands to the units listed and to those of its kinds."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="recipient_groups")
    name = models.CharField(max_length=60)
    kinds = models.JSONField(default=list, help_text=_("单位类型：范围内的这类单位都在组内"))
    units = models.ManyToManyField(Unit, blank=True, related_name="+")

    class Meta:
        ordering = ["campaign", "name"]
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="one_recipient_group_name")]

    def __str__(self) -> str:
        return self.name


class Draft(Row):
    """A text on its way: 拟稿 → 核稿 → 会签 → 签发, each by a named person; frozen as a document when signed."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="drafts")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    record = models.JSONField(help_text=_("正文各项；文号、日期、主送、抄送在签发时写入"))
    names = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=DraftState.choices, default=DraftState.DRAFTING)
    version = models.PositiveIntegerField(default=1, help_text=_("每次修改加一，防止互相覆盖"))
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    main_groups = models.ManyToManyField(RecipientGroup, blank=True, related_name="+")
    main_units = models.ManyToManyField(Unit, blank=True, related_name="+")
    copy_groups = models.ManyToManyField(RecipientGroup, blank=True, related_name="+")
    copy_units = models.ManyToManyField(Unit, blank=True, related_name="+")
    number = models.OneToOneField(Number, on_delete=models.PROTECT, null=True, related_name="draft")
    corrects = models.ForeignKey(OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.OneToOneField(
        OfficialDocument, on_delete=models.PROTECT, null=True, related_name="draft"
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    area_path = PathField()
    send_back_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["campaign", "state", "changed_at"], name="draft_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def journal_shelf(self) -> str:
        return GUARDED_SHELF if self.kind in GUARDED_KINDS else ""


class Countersignature(Row):
    """One person asked to countersign a draft (会签), and when they did."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="countersignatures")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ordinal = models.PositiveSmallIntegerField()
    opinion = models.CharField(max_length=200, blank=True)
    agreed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["draft", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["draft", "user"], name="one_countersignature")]


class BundleForm(models.TextChoices):
    PDF_ZIP = "pdf_zip", _("PDF 压缩包")
    WORD_ZIP = "docx_zip", _("DOCX 压缩包")
    PRINT = "print", _("合并为一个 PDF，供打印")


class Bundle(Row):
    """Many documents as one file, made in the background; `done` counts the documents drawn so far."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="bundles")
    form = models.CharField(max_length=10, choices=BundleForm.choices)
    state = models.CharField(max_length=10, choices=BundleState.choices, default=BundleState.WAITING)
    documents = models.JSONField(help_text=_("公文的编号，按次序"))
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    file = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    fault = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    area_path = PathField()

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [models.Index(fields=["state", "asked_at"], name="bundle_waiting")]

    def __str__(self) -> str:
        return f"{self.get_form_display()} · {self.total}"
