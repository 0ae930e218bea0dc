"""Journal verbs of inspection, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS: dict[str, object] = {
    "visit.opened": _("到达点位，开始检查"),
    "visit.answered": _("填写检查表"),
    "visit.submitted": _("提交检查记录"),
    "visit.deferred": _("单位因应急请求改期"),
    "visit.withdrawn": _("撤销检查记录"),
    "finding.registered": _("登记问题"),
    "finding.returned": _("退回补充"),
    "finding.resubmitted": _("补充后重新提交"),
    "finding.confirmed": _("确认问题"),
    "finding.on_spot_confirmed": _("确认现场整改"),
    "finding.on_spot_verified": _("核验现场整改，予以销号"),
    "finding.on_spot_refuted": _("现场整改未到位，转入交办"),
    "finding.told": _("当场向单位岗位说明"),
    "finding.withdrawn": _("撤销问题"),
    "finding.transferred": _("移送（仅记编号和状态）"),
    "evidence.attached": _("添加照片或资料"),
    "text.screening_overridden": _("说明理由后保留疑似个人信息的文字"),
    "support.raised": _("提出协调请求"),
    "support.answered": _("答复协调请求"),
    "sheet.submitted": _("报送督导日报"),
    "sheet.amended": _("截数前修改督导日报"),
    "sheet.reminded": _("催报督导日报"),
    "sheet.locked": _("截数，锁定督导日报"),
    "sheet.late_text": _("截数后补报，列入次日"),
}
