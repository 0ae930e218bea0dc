"""Users, posts, grants, recusal declarations and per-role sign-in rules (R-04, R-22, §2.1).

People of ours are users; people of the supervised side appear only as posts. Nobody else has a row.
"""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duban.kernel.actor import Role
from duban.kernel.fields import PathField, Row
from duban.people.states import WORKING, ImportState
from duban.territory.models import Unit

ROLE_LABELS = {
    Role.CAMPAIGN_HEAD: _("专班组长"),
    Role.OFFICE: _("专班综合岗"),
    Role.TEAM_HEAD: _("督导组组长"),
    Role.INSPECTOR: _("督导组成员"),
    Role.COVERT_INSPECTOR: _("暗访组成员"),
    Role.EXPERT: _("专家"),
    Role.UNIT_LIAISON: _("单位联络员"),
    Role.HEADQUARTERS: _("指挥部"),
    Role.LEADER: _("委领导"),
    Role.LINE_AUTHORITY: _("行业主管部门"),
    Role.AUDITOR: _("审计"),
    Role.ADMIN: _("系统管理员"),
}
ROLE_CHOICES = [(role.value, label) for role, label in ROLE_LABELS.items()]


class SubjectClass(models.TextChoices):
    """Whom a rule or a finding may concern (S0-22, S1-52, §2.2). A citizen is not a choice (G-1)."""

    ORGANISATION = "organisation", _("党组织、单位")
    LEADING_BODY = "leading_body", _("领导班子")
    DUTY_HOLDER = "duty_holder", _("责任岗位")
    PUBLIC_OFFICIAL = "public_official", _("监察对象")
    PARTY_MEMBER = "party_member", _("党员干部")
    SUPERVISOR = "supervisor", _("监督机关")


class UserManager(BaseUserManager["User"]):
    """Django's contract for creating users (only used by commands and tests; the web calls operations)."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class Post(Row):
    """A post of a unit: the bearer of a duty. `is_principal` marks the 一把手 (S3-13)."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    party_title = models.CharField(max_length=80, blank=True)
    is_principal = models.BooleanField(default=False)
    is_acting = models.BooleanField(default=False)
    subject_class = models.CharField(
        max_length=20, choices=SubjectClass.choices, default=SubjectClass.DUTY_HOLDER
    )
    duty_phone = models.CharField(max_length=40, blank=True, help_text=_("单位值班电话，不填个人号码"))
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["unit", "-is_principal", "title"]

    def __str__(self) -> str:
        return self.title


class User(Row, AbstractBaseUser):
    """An account of a staff member or of a unit; acts under its post label."""

    username = models.CharField(max_length=60, unique=True)
    email = models.EmailField(blank=True, default="")
    display_name = models.CharField(max_length=60)
    post_label = models.CharField(max_length=80)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="users")
    post = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, blank=True, related_name="users")
    is_active = models.BooleanField(default=True)
    is_expert = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False, help_text=_("口令由他人设定，登录后须先修改"))
    locale = models.CharField(max_length=10, blank=True, default="")
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.post_label or self.username

    def get_full_name(self) -> str:
        return self.display_name


class Capacity(models.TextChoices):
    NONE = "", _("不分")
    DISCIPLINE = "discipline", _("纪")
    SUPERVISION = "supervision", _("监")


class Grant(Row):
    """Role × area × capacity × campaign. `campaign_id` None = every campaign (people knows no campaigns table)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=24, choices=ROLE_CHOICES)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="grants")
    area_path = PathField(help_text=_("授权范围，取自单位路径"))
    capacity = models.CharField(max_length=12, choices=Capacity.choices, blank=True, default="")
    campaign_id = models.UUIDField(null=True)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ends_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "revoked_at"], name="grant_user")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "unit", "campaign_id"],
                condition=Q(revoked_at=None),
                name="one_open_grant",
                nulls_distinct=False,
            )
        ]


class RecusalDeclaration(Row):
    """What an inspector declares before first access to a campaign (G-23): units from which to stay away, or none."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recusals")
    campaign_id = models.UUIDField()
    declared_at = models.DateTimeField()
    units = models.ManyToManyField(Unit, blank=True, related_name="+")
    grounds = models.JSONField(default=dict, help_text=_("单位编号 → 事由代码"))
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "campaign_id"], condition=Q(superseded_at=None), name="one_open_declaration"
            )
        ]


class RecusalRequest(Row):
    """A request that somebody keep out of a matter, by themselves or by the supervised side (§2.1 回避)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recusal_requests")
    campaign_id = models.UUIDField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    requested_by_label = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    ground = models.CharField(max_length=24)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=12, default="open")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=300, blank=True)


class RoleRule(models.Model):
    """Sign-in rule of a role: whether a second factor is required."""

    role = models.CharField(max_length=24, choices=ROLE_CHOICES, primary_key=True)
    needs_second_factor = models.BooleanField(default=False)


class Device(Row):
    """A phone that works for an account without a session: 32 random bytes, of which only the hash is kept.

    `clock_skew_seconds` is what the phone's clock was ahead of ours when it last told; it is shown and never used.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    registered_at = models.DateTimeField()
    registered_by_label = models.CharField(max_length=80)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    clock_skew_seconds = models.IntegerField(null=True)
    skew_measured_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-registered_at"]
        indexes = [models.Index(fields=["user", "revoked_at"], name="device_user")]

    def __str__(self) -> str:
        return self.name

    @property
    def area_path(self) -> str:
        """Return the place of the account's unit: whoever reads the journal there reads of the phone."""
        return self.user.unit.path if self.user.unit else ""


class ImportRun(Row):
    """One file on its way through the import page: checked, confirmed, written; survives a killed worker.

    `outcome` holds what the page shows: counts, faults, new and changed lines. The file goes when the run is over.
    """

    kind = models.CharField(max_length=20, help_text=_("单位、岗位、点位、区划"))
    state = models.CharField(max_length=12, choices=ImportState.choices, default=ImportState.CHECKING)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    under = models.CharField(max_length=12, blank=True, default="")
    outcome = models.JSONField(default=dict)
    message = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("本步开始过几次"))
    requested_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "requested_at"], name="import_state"),
            models.Index(fields=["user", "requested_at"], name="import_user"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def area_path(self) -> str:
        """Return the place of the account's unit: whoever reads the journal there reads of the import."""
        return self.user.unit.path if self.user.unit else ""

    @property
    def is_working(self) -> bool:
        return self.state in WORKING
