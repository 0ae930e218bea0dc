"""Journal verbs of people, each with one sentence."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "user.created": _("新建账号"),
    "user.changed": _("修改账号"),
    "user.disabled": _("停用账号"),
    "user.enabled": _("恢复账号"),
    "user.password_set": _("重设口令"),
    "user.password_changed": _("修改本人口令"),
    "user.signed_in": _("登录"),
    "user.sign_in_failed": _("登录失败"),
    "grant.given": _("授予角色"),
    "grant.revoked": _("收回角色"),
    "role_rule.changed": _("修改登录要求"),
    "post.added": _("新增岗位"),
    "post.changed": _("修改岗位"),
    "posts.imported": _("导入岗位"),
    "import.requested": _("上传导入文件"),
    "import.confirmed": _("确认导入"),
    "import.stopped": _("放弃导入"),
    "import.failed": _("导入没有完成"),
    "device.registered": _("登记手机"),
    "device.revoked": _("停用手机"),
    "recusal.declared": _("申报回避情况"),
    "recusal.requested": _("申请回避"),
    "recusal.decided": _("决定回避申请"),
}
