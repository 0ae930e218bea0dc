"""Who acts: one frozen Actor per request or job, with all grants loaded once. Policies never query for it.

A grant is role × area × capacity × campaign. `Actor.areas(...)` yields the path ranges every `*_visible_to`
turns into a query, so that scope is by construction and not an afterthought.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    USER = "user"
    UNIT_LINK = "unit_link"  # a unit answering through a signed link, without an account
    SYSTEM = "system"  # sweeps and jobs
    PUBLIC = "public"


class Role(StrEnum):
    """Roles a grant can carry (DESIGN §2, DOMAIN §2.1)."""

    CAMPAIGN_HEAD = "campaign_head"  # 专班组长
    OFFICE = "office"  # 专班综合岗
    TEAM_HEAD = "team_head"  # 督导组组长
    INSPECTOR = "inspector"  # 督导组成员
    COVERT_INSPECTOR = "covert_inspector"  # 暗访组成员
    EXPERT = "expert"  # 专家
    UNIT_LIAISON = "unit_liaison"  # 被督导单位联络员
    HEADQUARTERS = "headquarters"  # 指挥部
    LEADER = "leader"  # 委领导
    LINE_AUTHORITY = "line_authority"  # 行业主管部门
    AUDITOR = "auditor"  # 审计
    ADMIN = "admin"  # 系统管理员


# Roles that see the content of findings, orders and ledgers in their area.
CASE_ROLES = frozenset({Role.CAMPAIGN_HEAD, Role.OFFICE, Role.TEAM_HEAD, Role.INSPECTOR, Role.LEADER})
OFFICE_ROLES = frozenset({Role.CAMPAIGN_HEAD, Role.OFFICE})
FIELD_ROLES = frozenset({Role.TEAM_HEAD, Role.INSPECTOR, Role.COVERT_INSPECTOR})


@dataclass(frozen=True, slots=True)
class GrantView:
    """One grant as the policies see it: role in an area (path prefix), for one campaign or for all (None)."""

    role: Role
    area_path: str
    unit_id: UUID | None = None
    campaign_id: UUID | None = None
    capacity: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in this request or job."""

    kind: Kind
    label: str  # post shown in the journal, e.g. 专班综合岗; never a citizen's name
    user_id: UUID | None = None
    grants: tuple[GrantView, ...] = field(default=())
    unit_id: UUID | None = None  # the unit a link or a unit account answers for
    order_id: UUID | None = None  # UNIT_LINK: the only order the link opens
    recused_unit_ids: frozenset[UUID] = frozenset()
    team_ids: frozenset[UUID] = frozenset()  # teams whose open member the person is

    @property
    def is_system(self) -> bool:
        return self.kind is Kind.SYSTEM

    def has_role(
        self, roles: Iterable[Role], *, campaign_id: UUID | None = None, path: str | None = None
    ) -> bool:
        """Test whether a grant gives one of `roles` in the campaign (None = any) and over `path` (None = any)."""
        wanted = frozenset(roles)
        return any(
            grant.role in wanted
            and (campaign_id is None or grant.campaign_id in (None, campaign_id))
            and (path is None or path.startswith(grant.area_path))
            for grant in self.grants
        )

    def areas(
        self, roles: Iterable[Role], *, campaign_id: UUID | None = None
    ) -> list[tuple[str, UUID | None]]:
        """Return (area path, campaign id or None for all) of every grant with one of `roles`, without covered ones."""
        wanted = frozenset(roles)
        found = {
            (grant.area_path, grant.campaign_id)
            for grant in self.grants
            if grant.role in wanted and (campaign_id is None or grant.campaign_id in (None, campaign_id))
        }
        return sorted(
            (path, campaign)
            for path, campaign in found
            if not any(
                (other, scope) != (path, campaign) and path.startswith(other) and scope in (None, campaign)
                for other, scope in found
            )
        )


SYSTEM = Actor(kind=Kind.SYSTEM, label="系统")
PUBLIC = Actor(kind=Kind.PUBLIC, label="公众")
