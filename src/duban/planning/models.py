"""Daily key points (S2-33) and recorded draws (S4-32). A draw is committed before it is made and can be re-run."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, Category, Directive, Measure
from duban.inspection.models import Finding
from duban.kernel.fields import Row
from duban.people.models import User
from duban.planning.states import DrawState, KeyPointsState
from duban.teams.models import Round, Team
from duban.territory.models import Unit


class DailyKeyPoints(Row):
    """The sheet of key points of one day (当日督导要点)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="key_point_sheets")
    day = models.DateField()
    state = models.CharField(max_length=10, choices=KeyPointsState.choices, default=KeyPointsState.DRAFT)
    composed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    composed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    pushed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["campaign", "day"], name="one_key_points_per_day")]

    def __str__(self) -> str:
        return str(_("%(day)s 督导要点") % {"day": self.day.isoformat()})


class PointSource(models.TextChoices):
    DIRECTIVE = "directive", _("上级精神")
    ANNOUNCEMENT = "announcement", _("新印发通告")
    FINDING = "finding", _("前一天督导反馈问题")
    OFFICE = "office", _("专班提出")


class KeyPoint(Row):
    """One point with its source, so that the reason why a point was there stays readable."""

    sheet = models.ForeignKey(DailyKeyPoints, on_delete=models.CASCADE, related_name="points")
    ordinal = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=14, choices=PointSource.choices)
    directive = models.ForeignKey(Directive, on_delete=models.PROTECT, null=True, related_name="key_points")
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, null=True, related_name="key_points")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    findings = models.ManyToManyField(Finding, blank=True, related_name="key_points")
    source_note = models.CharField(max_length=160, blank=True)
    text = models.CharField(max_length=300)
    check_items = models.JSONField(default=list, help_text=_("检查项名"))
    target_units = models.ManyToManyField(Unit, blank=True, related_name="+")
    is_must_ask = models.BooleanField(default=False)
    dropped_reason = models.CharField(max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged", help_text=_("已并入哪一条")
    )
    merge_brought = models.JSONField(null=True, help_text=_("并入时带去的内容，分开时取回"))

    class Meta:
        ordering = ["sheet", "ordinal"]

    def __str__(self) -> str:
        return self.text[:60]


class KeyPointsReading(Row):
    """When a team opened the day's key points."""

    sheet = models.ForeignKey(DailyKeyPoints, on_delete=models.CASCADE, related_name="readings")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "team"], name="one_reading_per_team")]


class Draw(Row):
    """A random draw: the hash of seed and inputs is journalled first, the seed is revealed after the round.

    `algorithm` names how `inputs` and the seed give `result`; later algorithms live beside the first.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="draws")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="draws")
    day = models.DateField()
    is_covert = models.BooleanField(default=False)
    algorithm = models.CharField(max_length=40)
    inputs = models.JSONField(help_text=_("候选点位、权重、回避、容量"))
    commitment = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    result = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=DrawState.choices, default=DrawState.COMMITTED)
    committed_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True)
    revealed_at = models.DateTimeField(null=True)
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    early_reason = models.CharField(max_length=200, blank=True, help_text=_("截数前提前抽取的理由"))

    class Meta:
        ordering = ["-day", "-committed_at"]
        indexes = [models.Index(fields=["campaign", "day"], name="draw_day")]

    def __str__(self) -> str:
        return str(_("%(day)s 抽取") % {"day": self.day.isoformat()})
