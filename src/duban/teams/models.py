"""Rounds, teams, the liaison table and dispatches (R-04, S2-8…19, S0-62…65, S4-23…26)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.campaigns.models import Campaign, ScopeGroup
from duban.checklists.models import ChecklistVersion
from duban.kernel.fields import PathField, Row
from duban.people.models import User
from duban.sites.models import Site
from duban.teams.states import DispatchState
from duban.territory.models import Unit


class Round(Row):
    """A numbered sweep of the campaign's scope (轮次); pins the checklist versions used in it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    checklist_versions = models.ManyToManyField(ChecklistVersion, blank=True, related_name="rounds")

    class Meta:
        ordering = ["campaign", "number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="one_round_number"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="round_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return str(_("第%(number)s轮") % {"number": self.number})


class TeamKind(models.TextChoices):
    OPEN = "open", _("督导组")
    COVERT = "covert", _("暗访组")
    TASK_FORCE = "task_force", _("专班组")


class Team(Row):
    """A team of a campaign. Covert teams are seen only by themselves, the campaign head and auditors (S2-11)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="teams")
    kind = models.CharField(max_length=12, choices=TeamKind.choices)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    group = models.CharField(max_length=12, choices=ScopeGroup.choices, blank=True, default="")
    sectors = models.ManyToManyField(Unit, blank=True, related_name="+", help_text=_("片区或单位组"))
    partners = models.ManyToManyField(Unit, blank=True, related_name="+", help_text=_("室组地、联合部门"))
    daily_capacity = models.PositiveSmallIntegerField(default=8)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["campaign", "kind", "number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "kind", "number"], name="one_team_number")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_covert(self) -> bool:
        return self.kind == TeamKind.COVERT


class MemberRole(models.TextChoices):
    HEAD = "head", _("组长")
    DEPUTY = "deputy", _("副组长")
    LIAISON = "liaison", _("联络员")
    MEMBER = "member", _("成员")
    EXPERT = "expert", _("专家")
    RECORDER = "recorder", _("记录员")


class TeamMember(Row):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=MemberRole.choices)
    body = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="+", help_text=_("来自单位")
    )
    joined_on = models.DateField()
    left_on = models.DateField(null=True)

    class Meta:
        ordering = ["team", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"], condition=Q(left_on=None), name="one_open_membership"
            ),
            models.UniqueConstraint(
                fields=["team"], condition=Q(role="head", left_on=None), name="one_head_per_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class LiaisonAssignment(Row):
    """A leader's liaison areas with one supporting department (S0-62…64). The leader appears by post."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="liaisons")
    ordinal = models.PositiveSmallIntegerField()
    leader = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="liaisons")
    leader_title = models.CharField(max_length=80)
    areas = models.ManyToManyField(Unit, related_name="+")
    supporting_department = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        ordering = ["campaign", "ordinal", "valid_from"]

    def __str__(self) -> str:
        return self.leader_title


class LiaisonVisit(Row):
    """A leader's look at a liaison area, entered afterwards (S0-62): what was looked at and what was asked of the area.

    It says nothing about persons and is no dispatch: figures of coverage do not count it.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="liaison_visits")
    assignment = models.ForeignKey(LiaisonAssignment, on_delete=models.PROTECT, related_name="visits")
    area = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    watched = models.CharField(max_length=300)
    asked = models.CharField(max_length=300, blank=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    area_path = PathField()

    class Meta:
        ordering = ["-day", "-created_at"]
        indexes = [models.Index(fields=["campaign", "day"], name="liaison_visit_day")]

    def __str__(self) -> str:
        return f"{self.assignment.leader_title} · {self.area.name} · {self.day.isoformat()}"


class Dispatch(Row):
    """One sending-out of a team on a day (批次). `member_count` freezes the person-times (人次)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="dispatches")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="dispatches")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="dispatches")
    day = models.DateField()
    state = models.CharField(max_length=12, choices=DispatchState.choices, default=DispatchState.PLANNED)
    members = models.ManyToManyField(User, related_name="dispatches")
    member_count = models.PositiveSmallIntegerField(default=0)
    departed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    vehicle_note = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.team.name} · {self.day.isoformat()}"

    class Meta:
        ordering = ["-day", "team"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "day"],
                condition=~Q(state=DispatchState.CANCELLED),
                name="one_dispatch_per_team_day",
            )
        ]
        indexes = [models.Index(fields=["campaign", "day"], name="dispatch_day")]


class DispatchSite(Row):
    """A site of a dispatch; sealed (name and place hidden from the team) until revealed (S0-66)."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="dispatch_sites")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="dispatch_sites")
    ordinal = models.PositiveSmallIntegerField()
    source = models.CharField(
        max_length=12, default="draw", help_text=_("draw 抽取，theme 专题，manual 人工")
    )
    manual_reason = models.CharField(max_length=200, blank=True)
    is_sealed = models.BooleanField(default=False)
    opens_at = models.DateTimeField(null=True)
    revealed_at = models.DateTimeField(null=True)
    revealed_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="joined",
        help_text=_("并入哪个组的点位，由该组一并查看"),
    )
    merge_reason = models.CharField(max_length=200, blank=True)
    area_path = PathField()

    class Meta:
        ordering = ["dispatch", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["dispatch", "site"], name="one_site_per_dispatch")]

    def __str__(self) -> str:
        return str(_("第 %(number)s 处") % {"number": self.ordinal})


class ProtectedPeriod(Row):
    """Days on which a unit and what belongs to it is not visited in any campaign: examinations, harvest, an emergency.

    Draws leave its sites out; a visit by hand stays possible and needs a reason (S0-66 and burden rules of DOMAIN §5).
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="protected_periods", help_text=_("由哪个专项登记")
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="protected_periods")
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=200)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    area_path = PathField()

    class Meta:
        ordering = ["-starts_on", "unit"]
        indexes = [models.Index(fields=["ends_on"], name="protected_until")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="protection_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit.label} · {self.starts_on.isoformat()}—{self.ends_on.isoformat()}"


class VisitBudget(Row):
    """How many visits a unit gets in how many days, all campaigns together, before draws of this campaign let it rest."""

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, related_name="visit_budget")
    visits = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(_("%(days)s日内%(visits)s次") % {"days": self.days, "visits": self.visits})


class RotationRule(Row):
    """On how many days of a number of days a team may be in one area before draws send another team there if they can."""

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, related_name="rotation_rule")
    days = models.PositiveSmallIntegerField()
    window = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(_("%(window)s日内%(days)s日") % {"window": self.window, "days": self.days})


class Absence(Row):
    """Days on which a member is not on duty. No cause is kept: it would say something about a person (G-2).

    `taken_off` remembers the planned dispatches the person was taken off, so that a withdrawal can put it back.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="absences")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    starts_on = models.DateField()
    ends_on = models.DateField()
    taken_off = models.ManyToManyField(Dispatch, blank=True, related_name="absences")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts_on", "user"]
        indexes = [models.Index(fields=["campaign", "ends_on"], name="absence_days")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="absence_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.starts_on.isoformat()}—{self.ends_on.isoformat()}"


class RosterFeed(Row):
    """A secret address under which a calendar program reads who is on duty; only the digest of the address is kept."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="roster_feeds")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="roster_feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "user"], condition=Q(revoked_at=None), name="one_open_feed"
            )
        ]

    def __str__(self) -> str:
        return str(_("值班日历"))
