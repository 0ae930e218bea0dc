"""Texts that arrive (收文), what was read out of them, and where in them everything in the register came from.

The original is kept byte for byte. Names of persons stand in the original only: the kept text has them covered, and
a name is stored only as the holder of a post that somebody ticked (`PostHolder`).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, Directive, DirectiveKind, FocusArea, Measure, RuleItem
from duban.incoming.states import TextState
from duban.kernel.fields import PathField, Row
from duban.teams.models import LiaisonAssignment


class IncomingText(Row):
    """One text that arrived, with its head as corrected; `directive` is what it became or was added to."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="incoming_texts")
    area_path = PathField()
    state = models.CharField(max_length=10, choices=TextState.choices, default=TextState.WAITING)
    file = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=160)
    kind = models.CharField(max_length=14, choices=DirectiveKind.choices, default=DirectiveKind.DIRECTIVE)
    title = models.CharField(max_length=160, blank=True)
    number = models.CharField(max_length=60, blank=True)
    issuer_title = models.CharField(max_length=80, blank=True)
    issued_on = models.DateField(null=True)
    addressees = models.JSONField(default=list)
    copy_to = models.JSONField(default=list)
    publisher = models.CharField(max_length=80, blank=True)
    source_url = models.CharField(max_length=500, blank=True)
    text = models.TextField(help_text=_("整理后的正文，人名已遮盖，位置与读取结果一致"))
    warnings = models.JSONField(default=list, help_text=_("[{code, message, start, end}]"))
    earlier = models.JSONField(default=list, help_text=_("更正前的内容，最近一次在后，供撤销"))
    directive = models.ForeignKey(Directive, on_delete=models.PROTECT, null=True, related_name="sources")
    received_at = models.DateTimeField()
    received_by_label = models.CharField(max_length=80)
    decided_at = models.DateTimeField(null=True)
    decided_by_label = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["campaign", "state"], name="incoming_by_state")]

    def __str__(self) -> str:
        return self.title or self.file_name or str(_("已清除的收文"))


class ProposalKind(models.TextChoices):
    MEASURE = "measure", _("措施")
    RULE_ITEM = "rule_item", _("规则条目")
    FOCUS_AREA = "focus_area", _("监督重点")
    LIAISON = "liaison", _("联系分工")
    MEETING = "meeting", _("会议决定")


class Proposal(Row):
    """One thing read out of a text, taken or left by a person; `content` by kind (see reading_rows.py)."""

    text = models.ForeignKey(IncomingText, on_delete=models.CASCADE, related_name="proposals")
    ordinal = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=ProposalKind.choices)
    is_taken = models.BooleanField(default=True)
    is_edited = models.BooleanField(default=False)
    content = models.JSONField(default=dict)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    original_start = models.PositiveIntegerField()
    original_end = models.PositiveIntegerField()

    class Meta:
        ordering = ["text", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["text", "ordinal"], name="one_proposal_ordinal")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.ordinal}"


class Passage(Row):
    """The place in a text that something in the register came from; exactly one of the five is set."""

    text = models.ForeignKey(IncomingText, on_delete=models.PROTECT, related_name="passages")
    directive = models.ForeignKey(Directive, on_delete=models.CASCADE, null=True, related_name="passages")
    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, null=True, related_name="passages")
    rule_item = models.ForeignKey(RuleItem, on_delete=models.CASCADE, null=True, related_name="passages")
    focus_area = models.ForeignKey(FocusArea, on_delete=models.CASCADE, null=True, related_name="passages")
    liaison = models.ForeignKey(
        LiaisonAssignment, on_delete=models.CASCADE, null=True, related_name="passages"
    )
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    original_start = models.PositiveIntegerField()
    original_end = models.PositiveIntegerField()

    class Meta:
        ordering = ["text", "start"]

    @property
    def quote(self) -> str:
        """Return the words themselves."""
        return self.text.text[self.start : self.end]


class PostHolder(Row):
    """Who holds the post of a liaison line, as the annex says and a person confirmed; erased with the campaign."""

    liaison = models.OneToOneField(LiaisonAssignment, on_delete=models.CASCADE, related_name="holder")
    name = models.CharField(max_length=40)
    confirmed_at = models.DateTimeField()
    confirmed_by_label = models.CharField(max_length=80)

    class Meta:
        ordering = ["liaison"]
