"""Life of an accountability case, a tolerance case, an appeal and a publication (DOMAIN §2.5–2.7, G-20…G-25).

A defence heard, a collective decision and a delivered remedy are states, not texts: none can be jumped over.
Execution runs from delivery; an appeal does not stop it. “已生效” means that the remedy is over or used up.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

Table = dict[str, tuple[tuple[str, ...], str]]


class CaseState(models.TextChoices):
    DRAFTED = "drafted", _("核实中")
    STATED = "stated", _("已听取申辩")
    PROPOSED = "proposed", _("已提出建议")
    DECIDED = "decided", _("已决定，待送达")
    DELIVERED = "delivered", _("已送达，执行中")
    APPEALED = "appealed", _("申诉审查中")
    EFFECTIVE = "effective", _("已生效")
    CONCLUDED = "concluded", _("已办结")
    WITHDRAWN = "withdrawn", _("已撤销")


C = CaseState
CASE_TRANSITIONS: Table = {
    "hear": ((C.DRAFTED,), C.STATED),
    "propose": ((C.STATED, C.PROPOSED), C.PROPOSED),
    "add_new_facts": ((C.STATED, C.PROPOSED), C.DRAFTED),
    "decide": ((C.PROPOSED,), C.DECIDED),
    "deliver": ((C.DECIDED,), C.DELIVERED),
    "become_effective": ((C.DELIVERED,), C.EFFECTIVE),
    "appeal": ((C.DELIVERED, C.EFFECTIVE, C.CONCLUDED), C.APPEALED),
    "settle_appeal": ((C.APPEALED,), C.EFFECTIVE),
    "revoke": ((C.APPEALED,), C.WITHDRAWN),
    "conclude": ((C.EFFECTIVE,), C.CONCLUDED),
    "withdraw": ((C.DRAFTED, C.STATED, C.PROPOSED), C.WITHDRAWN),
}
BEFORE_DECISION = (C.DRAFTED, C.STATED, C.PROPOSED)
AFTER_DELIVERY = (C.DELIVERED, C.APPEALED, C.EFFECTIVE, C.CONCLUDED)


class ToleranceState(models.TextChoices):
    APPLIED = "applied", _("待受理")
    ACCEPTED = "accepted", _("核实中")
    VERIFIED = "verified", _("待认定")
    DETERMINED = "determined", _("已认定，待反馈")
    TOLD = "told", _("已反馈，纠错中")
    CLOSED = "closed", _("已办结")
    DECLINED = "declined", _("不予受理")


T = ToleranceState
TOLERANCE_TRANSITIONS: Table = {
    "accept": ((T.APPLIED,), T.ACCEPTED),
    "decline": ((T.APPLIED,), T.DECLINED),
    "verify": ((T.ACCEPTED,), T.VERIFIED),
    "determine": ((T.VERIFIED,), T.DETERMINED),
    "tell": ((T.DETERMINED,), T.TOLD),
    "close": ((T.TOLD,), T.CLOSED),
}
TOLERANCE_SETTLED = (T.DETERMINED, T.TOLD, T.CLOSED, T.DECLINED)


class AppealState(models.TextChoices):
    FILED = "filed", _("待确定审查人")
    UNDER_REVIEW = "under_review", _("审查中")
    UPHELD = "upheld", _("维持原决定")
    CHANGED = "changed", _("变更原决定")
    REVOKED = "revoked", _("撤销原决定")
    DISMISSED = "dismissed", _("不予受理")


A = AppealState
APPEAL_TRANSITIONS: Table = {
    "assign": ((A.FILED, A.UNDER_REVIEW), A.UNDER_REVIEW),
    "uphold": ((A.UNDER_REVIEW,), A.UPHELD),
    "change": ((A.UNDER_REVIEW,), A.CHANGED),
    "revoke": ((A.UNDER_REVIEW,), A.REVOKED),
    "dismiss": ((A.UNDER_REVIEW,), A.DISMISSED),
}
APPEAL_OPEN = (A.FILED, A.UNDER_REVIEW)


class PublicationState(models.TextChoices):
    DRAFTED = "drafted", _("待法制核对")
    CHECKED = "checked", _("已核对，待公开")
    PUBLISHED = "published", _("已公开")
    REMOVED = "removed", _("已撤下")


P = PublicationState
PUBLICATION_TRANSITIONS: Table = {
    "redraft": ((P.DRAFTED, P.CHECKED, P.REMOVED), P.DRAFTED),
    "check": ((P.DRAFTED,), P.CHECKED),
    "publish": ((P.CHECKED,), P.PUBLISHED),
    "remove": ((P.PUBLISHED,), P.REMOVED),
}


class SubjectKind(models.TextChoices):
    """Who is held to account. A private person is not a choice (G-1)."""

    ORGANISATION = "organisation", _("党组织、单位")
    POST = "post", _("岗位")


class BasisKind(models.TextChoices):
    """S1-41: by regulation, by discipline, by law."""

    REGULATION = "regulation", _("依规")
    DISCIPLINE = "discipline", _("依纪")
    LAW = "law", _("依法")


class Responsibility(models.TextChoices):
    FULL_LEADERSHIP = "full_leadership", _("全面领导责任")
    PRINCIPAL_LEADERSHIP = "principal_leadership", _("主要领导责任")
    IMPORTANT_LEADERSHIP = "important_leadership", _("重要领导责任")
    DIRECT = "direct", _("直接责任")
    SUPERVISORY = "supervisory", _("监督责任")


class ExaminedLine(models.TextChoices):
    """One case, double check (S3-49): both the first two lines are examined, whatever the result."""

    DIRECT = "direct", _("直接责任")
    LEADERSHIP = "leadership", _("领导责任")
    SUPERVISORY = "supervisory", _("监督责任")


REQUIRED_LINES = (ExaminedLine.DIRECT, ExaminedLine.LEADERSHIP)


class Measure(models.TextChoices):
    """Forms of accountability; proposed to, and decided by, the body that has the authority."""

    SELF_REVIEW = "self_review", _("检查")
    CIRCULAR = "circular", _("通报")
    REORGANISE = "reorganise", _("改组")
    REMINDER_TALK = "reminder_talk", _("提醒谈话")
    CRITICISM = "criticism", _("批评教育")
    ORDERED_REVIEW = "ordered_review", _("责令检查")
    POST_CIRCULAR = "post_circular", _("通报批评")
    ADMONITION = "admonition", _("诫勉")
    ORGANISATIONAL = "organisational", _("组织处理建议")
    TRANSFER = "transfer", _("移送有权机关处理")


# From light to heavy; the order is what “no aggravation” (G-21) is measured by.
MEASURES = {
    SubjectKind.ORGANISATION: (Measure.SELF_REVIEW, Measure.CIRCULAR, Measure.REORGANISE),
    SubjectKind.POST: (
        Measure.REMINDER_TALK, Measure.CRITICISM, Measure.ORDERED_REVIEW, Measure.POST_CIRCULAR,
        Measure.ADMONITION, Measure.ORGANISATIONAL, Measure.TRANSFER,
    ),
}  # fmt: skip


class Distinction(models.TextChoices):
    """The three distinctions (三个区分开来, S0-79). All three are answered before any decision."""

    EXPERIENCE = "experience", _("因缺乏经验、先行先试出现的失误，与明知故犯的违纪违法行为")
    EXPLORATION = "exploration", _("尚无明确限制的探索性试验中的失误，与明令禁止后我行我素的行为")
    DEVELOPMENT = "development", _("为推动发展的无意过失，与为谋取私利的行为")


class ToleranceChoice(models.TextChoices):
    """S4-71: considered in every case, and the answer is recorded."""

    OPENED = "opened", _("已启动容错")
    NOT_OPENED = "not_opened", _("不启动容错")


class EmergencyGround(models.TextChoices):
    """S4-62: done for one of three purposes, and not on purpose."""

    URGENT_WORK = "urgent_work", _("为落实紧急处置工作")
    PROTECT_LIVES = "protect_lives", _("为保障群众生命安全")
    KEEP_ORDER = "keep_order", _("为维护社会稳定")


class Factor(models.TextChoices):
    """The six factors of a tolerance opinion (§2.7)."""

    MOTIVE = "motive", _("动机态度")
    CONDITIONS = "conditions", _("客观条件")
    PROCEDURE = "procedure", _("程序方法")
    NATURE = "nature", _("性质程度")
    IMPACT = "impact", _("后果影响")
    RECOVERY = "recovery", _("挽回损失")


class Exclusion(models.TextChoices):
    """Any of these rules tolerance out (§2.7)."""

    POLITICAL = "political", _("违反政治纪律")
    PRIVATE_GAIN = "private_gain", _("谋取私利")
    BANNED = "banned", _("明令禁止后仍然为之")
    ACCIDENT = "accident", _("重大安全责任事故")
    HARM = "harm", _("严重损害群众利益")
    REPEATED = "repeated", _("同类错误屡次发生")
    CRIME = "crime", _("涉嫌犯罪")


class ToleranceResult(models.TextChoices):
    NONE = "none", _("不予容错")
    LIGHTER = "lighter", _("从轻、减轻问责")
    EXEMPT = "exempt", _("不予、免予问责")


class MeddlingKind(models.TextChoices):
    """What somebody outside the matter did (Supervision Law 2024 art. 66)."""

    ASKING = "asking", _("打听案情")
    MEDDLING = "meddling", _("过问干预")
    PLEADING = "pleading", _("说情")
