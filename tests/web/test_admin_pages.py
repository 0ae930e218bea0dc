"""Staff pages of units, posts, sites, accounts, recusal, imports, journal, search and the system itself."""

import io
import zipfile
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duban.kernel import heartbeat, jobs, seals
from duban.kernel.actor import SYSTEM, Role
from duban.kernel.calendar import WorkdayCalendar
from duban.kernel.models import CalendarDay, Event
from duban.people import operations as people
from duban.people.models import Grant, ImportRun, Post, RecusalDeclaration, RecusalRequest, RoleRule, User
from duban.sites import operations as sites
from duban.sites.models import RiskAreaGrade, RiskGradeScheme, Site
from duban.territory import operations as territory
from duban.territory.models import Unit, UnitKind
from tests.territory.sheets import as_csv, as_xlsx
from tests.world import PASSWORD
from tests.world import at as moment

REFUSED = (403, 404)


def url(name: str, *args) -> str:
    return reverse(name, args=args)


def body(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def upload(text, name: str = "单位.csv"):
    file = io.BytesIO(text if isinstance(text, bytes) else as_csv(text))
    file.name = name
    return file


# ---- who may open what ------------------------------------------------------------------------------------

OPEN = {
    "units:list": {"ada", "wen", "hugo"}, "units:tree": {"ada", "wen", "hugo"}, "posts:list": {"ada", "wen", "hugo"},
    "units:add": {"ada"}, "sites:list": {"ada", "wen", "hugo", "asha", "cora", "lena"},
    "sites:grades": {"ada", "wen", "hugo", "asha", "cora", "lena"}, "sites:add": {"ada", "wen", "hugo"},
    "users:list": {"ada", "avi", "wen", "hugo"}, "users:add": {"ada"}, "users:roles": {"ada"},
    "imports:show": {"ada", "wen", "hugo"}, "journal:list": {"avi", "wen", "hugo"}, "journal:seals": {"avi", "wen", "hugo"},
    "recusal:list": {"wen", "hugo"}, "system:calendar": {"ada"},
}  # fmt: skip
CAST = ("ada", "avi", "wen", "hugo", "asha", "cora", "lena", "olga", "hana", "vera", "nobody")


@pytest.mark.parametrize("name", sorted(OPEN))
def test_page_opens_for_its_roles_only(page, name: str) -> None:
    opened = {who for who in CAST if page.as_(who).confirmed().get(url(name)).status_code == 200}
    assert opened == OPEN[name]


def test_pages_ask_strangers_to_sign_in(page) -> None:
    for name in [
        *OPEN,
        "search:show",
        "system:about",
        "system:campaign",
        "recusal:declare",
        "recusal:request",
    ]:
        assert page.get(url(name)).status_code == 302, name


# ---- units ------------------------------------------------------------------------------------------------


def test_units_are_found_by_code_name_kind_and_parent(page) -> None:
    page.as_("ada")
    for query, shown, hidden in (
        ("q=T01", "甲镇", "乙镇"), ("q=丙镇", "丙镇人民政府", "乙镇"), ("kind=village", "甲镇第一村", "甲镇人民政府"),
        ("group=discipline", "示例市纪委监委", "甲镇第一村"), ("under=T02", "乙镇第一村", "甲镇第一村"),
    ):  # fmt: skip
        text = body(page.get(url("units:list") + "?" + query)).split("<tbody>")[1]
        assert shown in text and hidden not in text, query


def test_tree_opens_node_by_node(page, world) -> None:
    page.as_("ada")
    assert "示例市" in body(page.get(url("units:tree")))
    fragment = body(page.get(url("units:children", world.units["甲镇"].pk)))
    assert "甲镇第一村" in fragment and "<html" not in fragment
    assert "甲镇第一村" in body(page.get(url("units:tree") + "?at=T01"))


def test_unit_shows_its_path_posts_and_hosts(page, world) -> None:
    group = territory.add_unit(
        actor=SYSTEM, at=moment(), code="T-PZ", name="派驻第一纪检监察组", kind=UnitKind.RESIDENT_GROUP,
        parent_id=world.units["示例市纪委监委"].pk, host_ids=(world.units["示例市卫生健康局"].pk,),
    )  # fmt: skip
    page.as_("ada")
    assert "示例市卫生健康局" in body(page.get(url("units:show", group.pk)))
    assert "派驻第一纪检监察组" in body(page.get(url("units:show", world.units["示例市卫生健康局"].pk)))
    assert "镇长岗" in body(page.get(url("units:show", world.units["甲镇人民政府"].pk)))


def test_unit_is_added_changed_moved_ended_and_resumed(page, world) -> None:
    page.as_("ada").confirmed()
    given = {"code": "T09", "parent": "示例市（T）", "name": "丁镇", "kind": "township", "hosts": ""}
    assert page.post(url("units:add"), given).status_code == 302
    unit = Unit.objects.get(code="T09")
    page.post(url("units:change", unit.pk), {**given, "name": "丁街道", "short_name": "丁街"})
    page.post(url("units:move", unit.pk), {"parent": "T-ZS", "reason": "区划调整"})
    page.post(url("units:end", unit.pk), {"reason": "撤并"})
    unit.refresh_from_db()
    assert (unit.name, unit.parent.code, unit.is_active) == ("丁街道", "T-ZS", False)
    page.post(url("units:resume", unit.pk), {"reason": "恢复"})
    unit.refresh_from_db()
    assert unit.is_active
    verbs = list(Event.objects.filter(subject_id=unit.pk).order_by("id").values_list("verb", flat=True))
    assert verbs == ["unit.added", "unit.changed", "unit.moved", "unit.ended", "unit.resumed"]


def test_unit_form_keeps_what_was_typed_and_names_the_mistake(page) -> None:
    page.as_("ada")
    text = body(
        page.post(url("units:add"), {"code": "T01", "parent": "没有的", "name": "重复镇", "kind": "township"})
    )
    assert "没有这个单位，请写编码或全称。" in text and "重复镇" in text
    taken = body(
        page.post(url("units:add"), {"code": "T01", "parent": "T", "name": "重复镇", "kind": "township"})
    )
    assert "编码 T01 已被使用。" in taken


def test_moving_below_itself_is_refused(page, world) -> None:
    page.as_("ada").confirmed()
    town = world.units["甲镇"]
    text = body(page.post(url("units:move", town.pk), {"parent": "T01-C1", "reason": "试"}))
    assert "不能把单位移到它自己的下级。" in text
    assert Unit.objects.get(pk=town.pk).path == town.path


@pytest.mark.parametrize("who", ["wen", "asha", "olga", "nobody"])
def test_units_are_not_changed_by_others(page, world, who: str) -> None:
    page.as_(who).confirmed()
    town = world.units["甲镇"]
    before = Unit.objects.count(), Event.objects.count()
    given = {"code": "T09", "parent": "T", "name": "丁镇", "kind": "township", "reason": "试"}
    for name, args in (("units:add", ()), ("units:change", (town.pk,)), ("units:move", (town.pk,)), ("units:end", (town.pk,)),
                       ("units:add_post", (town.pk,))):  # fmt: skip
        assert page.post(url(name, *args), given).status_code in REFUSED, name
    town.refresh_from_db()
    assert (town.name, town.is_active, (Unit.objects.count(), Event.objects.count())) == (
        "甲镇",
        True,
        before,
    )


def test_dangerous_acts_ask_for_the_password_again(page, world) -> None:
    page.as_("ada")
    town = world.units["甲镇"]
    for name, key in (("units:end", town.pk), ("units:move", town.pk), ("users:switch", world.users["asha"].pk),
                      ("users:grant", world.users["asha"].pk)):  # fmt: skip
        answer = page.post(url(name, key), {"reason": "试", "parent": "T02"})
        assert (answer.status_code, "reauthenticate" in answer.headers.get("Location", "")) == (302, True), (
            name
        )
    town.refresh_from_db()
    assert town.is_active and User.objects.get(username="asha").is_active


def test_new_password_never_waits_in_the_session(page, world) -> None:
    page.as_("ada")
    address = url("users:password", world.users["asha"].pk)
    assert "reauthenticate" in page.get(address).headers["Location"]
    answer = page.post(address, {"password": "Shili-2020-xin", "again": "Shili-2020-xin"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert "Shili-2020-xin" not in str(dict(page.session))
    assert User.objects.get(username="asha").check_password(PASSWORD)


def test_picker_suggests_only_units_in_reach(page) -> None:
    assert "甲镇（T01）" in body(page.as_("asha").get(url("units:options") + "?unit=甲"))
    assert "乙镇" not in body(page.as_("asha").get(url("units:options") + "?unit=乙"))
    assert body(page.as_("nobody").get(url("units:options") + "?unit=T")) == ""


def test_unit_export_opens_in_excel_and_is_journalled(page) -> None:
    answer = page.as_("ada").get(url("units:list") + "?q=甲镇&export=1")
    assert zipfile.is_zipfile(io.BytesIO(answer.content))
    assert Event.objects.get(verb="export.made").detail.body["rows"] == 3


@pytest.mark.parametrize(
    ("name", "who", "one", "three"),
    [
        ("units:list", "ada", "q=甲镇第一村", "kind=township"), ("sites:list", "wen", "q=市人民医院", "q=农贸市场"),
        ("users:list", "ada", "q=asha", "q=督导组"), ("posts:list", "ada", "q=T01-ZF-镇长岗", "principal=yes"),
    ],
)  # fmt: skip
def test_lists_ask_the_database_no_more_for_three_rows_than_for_one(
    page, name: str, who: str, one: str, three: str
) -> None:
    page.as_(who)
    page.get(url(name))
    asked = []
    for query in (one, three):
        with CaptureQueriesContext(connection) as captured:
            body(page.get(url(name) + "?" + query))
        asked.append(len(captured))
    assert asked[0] == asked[1]
    assert asked[1] <= 45


# ---- posts ------------------------------------------------------------------------------------------------


def test_post_is_added_changed_and_switched(page, world) -> None:
    page.as_("ada").confirmed()
    unit = world.units["甲镇人民政府"]
    given = {"code": "P9", "title": "值班岗", "subject_class": "duty_holder", "is_principal": ""}
    page.post(url("units:add_post", unit.pk), given)
    post = Post.objects.get(code="P9")
    page.post(url("posts:change", post.pk), {**given, "title": "带班岗"})
    page.post(url("posts:switch", post.pk), {"reason": "撤岗"})
    post.refresh_from_db()
    assert (post.title, post.is_active) == ("带班岗", False)
    assert "带班岗" in body(page.get(url("posts:list") + "?q=带班"))


# ---- sites ------------------------------------------------------------------------------------------------


def test_sites_are_filtered_by_area_type_and_grade(page, world) -> None:
    scheme = RiskGradeScheme.objects.create(
        pack="test", code="s", title="风险分级", grades=[{"code": "high", "title": "高", "weight": 3}]
    )
    sites.set_risk_grade(
        actor=SYSTEM,
        at=moment(),
        scheme_id=scheme.pk,
        area_id=world.units["乙镇"].pk,
        grade="high",
        source="示例市公布",
    )
    page.as_("wen")
    for query in ("area=T02", f"grade={scheme.pk}:high", "q=乙镇"):
        rows = body(page.get(url("sites:list") + "?" + query)).split("<tbody>")[1]
        assert "乙镇农贸市场" in rows and "甲镇农贸市场" not in rows, query
    assert "高（风险分级）" in body(page.get(url("sites:show", world.sites["乙镇农贸市场"].pk)))


def test_inspector_sees_the_sites_of_the_own_town_only(page, world) -> None:
    page.as_("asha")
    rows = body(page.get(url("sites:list")))
    assert "甲镇农贸市场" in rows and "乙镇农贸市场" not in rows
    assert page.get(url("sites:show", world.sites["乙镇农贸市场"].pk)).status_code == 404


def test_site_is_added_changed_and_switched_by_the_office(page, world) -> None:
    page.as_("wen").confirmed()
    given = {
        "code": "N1",
        "name": "甲镇卫生院",
        "site_type": world.site_type.pk,
        "area": "T01",
        "territory_unit": "甲镇人民政府",
    }
    page.post(url("sites:add"), given)
    site = Site.objects.get(code="N1")
    page.post(url("sites:change", site.pk), {**given, "name": "甲镇中心卫生院", "department_unit": "T-WJ"})
    page.post(url("sites:switch", site.pk), {"reason": "停业"})
    site.refresh_from_db()
    assert (site.name, site.department_unit.code, site.is_active) == ("甲镇中心卫生院", "T-WJ", False)


@pytest.mark.parametrize("who", ["asha", "lena", "olga", "nobody"])
def test_sites_are_not_changed_by_others(page, world, who: str) -> None:
    page.as_(who).confirmed()
    site = world.sites["甲镇农贸市场"]
    for name, args in (("sites:add", ()), ("sites:change", (site.pk,)), ("sites:switch", (site.pk,))):
        given = {"name": "改", "reason": "试", "site_type": world.site_type.pk, "territory_unit": "T01-ZF"}
        assert page.post(url(name, *args), given).status_code in REFUSED, name
    site.refresh_from_db()
    assert (site.name, site.is_active) == ("甲镇农贸市场", True)


def test_published_grade_ends_the_one_before(page, world) -> None:
    scheme = RiskGradeScheme.objects.create(
        pack="test",
        code="s",
        title="风险分级",
        grades=[{"code": "high", "title": "高"}, {"code": "low", "title": "低"}],
    )
    sites.set_risk_grade(
        actor=SYSTEM,
        at=moment("09:00"),
        scheme_id=scheme.pk,
        area_id=world.units["甲镇"].pk,
        grade="low",
        source="公布",
    )
    page.as_("wen")
    given = {"new-area": "T01", "new-grade": f"{scheme.pk}:high", "new-source": "示例市公布 2月16日"}
    assert page.post(url("sites:grades"), given).status_code == 302
    assert list(RiskAreaGrade.objects.order_by("starts_at").values_list("grade", "ends_at")) == [
        ("low", moment("15:12")), ("high", None),
    ]  # fmt: skip
    assert "高" in body(page.get(url("sites:grades") + "?state=open"))


# ---- accounts ---------------------------------------------------------------------------------------------


def test_account_is_created_granted_disabled_and_enabled(page, world) -> None:
    page.as_("ada").confirmed()
    given = {
        "username": "newer",
        "password": PASSWORD,
        "display_name": "新",
        "post_label": "督导岗",
        "unit": "T-JW",
    }
    assert page.post(url("users:add"), given).status_code == 302
    user = User.objects.get(username="newer")
    page.post(
        url("users:grant", user.pk), {"role": "inspector", "unit": "T01", "campaign": world.campaign.pk}
    )
    grant = Grant.objects.get(user=user)
    assert (grant.role, grant.unit.code, grant.campaign_id) == (Role.INSPECTOR, "T01", world.campaign.pk)
    page.post(url("users:revoke", grant.pk), {"reason": "调离"})
    page.post(url("users:switch", user.pk), {"reason": "调离"})
    user.refresh_from_db()
    grant.refresh_from_db()
    assert (user.is_active, grant.revoked_at) == (False, moment("15:12"))
    page.post(url("users:switch", user.pk), {"reason": "调回"})
    assert User.objects.get(username="newer").is_active


def test_weak_password_is_said_beside_its_field(page) -> None:
    page.as_("ada").confirmed()
    given = {"username": "newer", "password": "123", "display_name": "新", "post_label": "岗", "unit": "T-JW"}
    assert "口令" in body(page.post(url("users:add"), given))
    assert not User.objects.filter(username="newer").exists()


def test_password_is_set_by_the_administrator_and_typed_twice(page, world) -> None:
    page.as_("ada").confirmed()
    user = world.users["asha"]
    assert "两次输入不一致。" in body(
        page.post(url("users:password", user.pk), {"password": "a" * 12, "again": "b"})
    )
    page.post(url("users:password", user.pk), {"password": "Shili-2020-xin", "again": "Shili-2020-xin"})
    user.refresh_from_db()
    assert user.check_password("Shili-2020-xin")


def test_nobody_disables_the_own_account(page, world) -> None:
    page.as_("ada").confirmed()
    assert page.post(url("users:switch", world.users["ada"].pk), {"reason": "试"}).status_code == 403
    assert User.objects.get(username="ada").is_active


def test_office_grants_team_roles_only(page, world) -> None:
    page.as_("wen").confirmed()
    user = world.users["nobody"]
    page.post(
        url("users:grant", user.pk), {"role": "inspector", "unit": "T02", "campaign": world.campaign.pk}
    )
    page.post(url("users:grant", user.pk), {"role": "admin", "unit": "T"})
    assert list(Grant.objects.filter(user=user).values_list("role", flat=True)) == ["inspector"]


@pytest.mark.parametrize("who", ["avi", "asha", "olga", "nobody"])
def test_accounts_are_not_changed_by_others(page, world, who: str) -> None:
    page.as_(who).confirmed()
    user = world.users["rina"]
    grant = Grant.objects.get(user=user)
    for name, key in (("users:change", user.pk), ("users:password", user.pk), ("users:switch", user.pk),
                      ("users:revoke", grant.pk)):  # fmt: skip
        given = {
            "reason": "试",
            "password": "Shili-2020-xin",
            "again": "Shili-2020-xin",
            "post_label": "改",
            "unit": "T-JW",
        }
        assert page.post(url(name, key), given).status_code in REFUSED, name
    page.post(url("users:grant", user.pk), {"role": "admin", "unit": "T"})
    user.refresh_from_db()
    assert (user.is_active, user.post_label, user.check_password(PASSWORD)) == (True, "第2督导组成员", True)
    assert list(Grant.objects.filter(user=user).values_list("pk", "revoked_at")) == [(grant.pk, None)]


def test_role_rule_makes_a_role_set_up_a_second_factor(page) -> None:
    page.as_("ada").confirmed()
    page.post(url("users:roles"), {"role": "office", "needs": "yes"})
    assert RoleRule.objects.get(role="office").needs_second_factor
    answer = page.as_("wen").get(url("units:list"))
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("mfa_activate_totp"))


# ---- recusal ----------------------------------------------------------------------------------------------


def test_inspector_declares_before_first_access(page, world) -> None:
    RecusalDeclaration.objects.all().delete()
    page.as_("asha")
    assert page.get(url("sites:list")).headers["Location"] == url("recusal:declare")
    assert "没有需要回避的情形" in body(page.get(url("recusal:declare")))
    page.post(
        url("recusal:declare"), {"has_units": "yes", "units": "T01-ZF", "ground": "kin", "confirmed": "on"}
    )
    declaration = RecusalDeclaration.objects.get()
    assert [unit.code for unit in declaration.units.all()] == ["T01-ZF"]
    assert declaration.grounds == {str(world.units["甲镇人民政府"].pk): "kin"}
    assert page.get(url("sites:list")).status_code == 200


def test_declaration_asks_for_the_units_it_speaks_of(page) -> None:
    RecusalDeclaration.objects.all().delete()
    text = body(page.as_("asha").post(url("recusal:declare"), {"has_units": "yes", "confirmed": "on"}))
    assert "请写出需要回避的单位。" in text and "请选择事由。" in text
    assert not RecusalDeclaration.objects.exists()


def test_recusal_request_is_decided_by_the_head(page, world) -> None:
    given = {"user": world.users["asha"].pk, "unit": "T01-ZF", "ground": "interest", "reason": "曾共事"}
    page.as_("rina").post(url("recusal:request"), given)
    wanted = RecusalRequest.objects.get()
    assert (
        page.as_("wen")
        .post(url("recusal:decide", wanted.pk), {"outcome": "upheld", "reason": "是"})
        .status_code
        == 403
    )
    assert (
        page.as_("asha")
        .post(url("recusal:decide", wanted.pk), {"outcome": "rejected", "reason": "否"})
        .status_code
        == 404
    )
    wanted.refresh_from_db()
    assert wanted.state == "open"
    page.as_("hugo").post(url("recusal:decide", wanted.pk), {"outcome": "upheld", "reason": "情形属实"})
    declared = RecusalDeclaration.objects.get(user=world.users["asha"], superseded_at=None)
    assert [unit.code for unit in declared.units.all()] == ["T01-ZF"]
    assert "应当回避" in body(page.get(url("recusal:list") + "?state=upheld"))


# ---- imports ----------------------------------------------------------------------------------------------

UNITS = [
    ["编码", "名称", "类型", "上级编码"],
    ["T09", "丁镇", "镇", "T"],
    ["T09-ZF", "丁镇人民政府", "政府", "T09"],
]


def sent(page, content, name="单位.csv", kind="units"):
    """Upload a file and return the page of its run."""
    return page.post(url("imports:show"), {"kind": kind, "file": upload(content, name)}, follow=True)


@pytest.mark.parametrize("file", [("单位.csv", as_csv(UNITS, "gb18030")), ("单位.xlsx", as_xlsx(UNITS))])
def test_upload_shows_the_plan_and_only_the_confirmation_writes(page, file) -> None:
    page.as_("ada")
    text = body(sent(page, file[1], file[0]))
    assert "丁镇人民政府" in text and "导入 2 行" in text
    assert not Unit.objects.filter(code="T09").exists()
    run = ImportRun.objects.get()
    assert page.post(url("imports:confirm", run.pk)).headers["Location"] == reverse("units:list")
    assert "新增 2" in body(page.get(url("imports:run", run.pk))) and "已导入" in body(
        page.get(url("imports:show"))
    )
    assert Unit.objects.get(code="T09-ZF").parent.code == "T09"


def test_faults_are_listed_and_can_be_downloaded(page) -> None:
    page.as_("ada")
    rows = [*UNITS, ["T10", "戊镇", "衙门", "X"]]
    text = body(sent(page, rows))
    run = ImportRun.objects.get()
    assert "没有编码为 X 的上级单位。" in text and url("imports:confirm", run.pk) not in text
    answer = page.get(url("imports:faults", run.pk))
    assert zipfile.is_zipfile(io.BytesIO(answer.content))
    assert page.post(url("imports:confirm", run.pk)).status_code == 409
    assert not Unit.objects.filter(code="T09").exists()


def test_table_of_persons_is_refused_on_the_page(page) -> None:
    page.as_("wen")
    answer = page.post(
        url("imports:show"),
        {"kind": "sites", "file": upload([["编码", "名称", "户主姓名"], ["1", "x", "y"]])},
    )
    assert answer.status_code == 422
    assert "不能导入。系统只记单位、岗位和点位" in answer.content.decode()


def test_import_of_another_account_does_not_exist(page) -> None:
    sent(page.as_("ada"), UNITS)
    run = ImportRun.objects.get()
    for who in ("wen", "hugo"):
        assert page.as_(who).get(url("imports:run", run.pk)).status_code == 404
        for name in ("imports:confirm", "imports:stop", "imports:retry"):
            assert page.post(url(name, run.pk)).status_code == 404
        assert page.get(url("imports:faults", run.pk)).status_code == 404
    run.refresh_from_db()
    assert run.state == "checked" and not Unit.objects.filter(code="T09").exists()


def test_large_import_is_followed_on_its_page(page, at) -> None:
    """Without scripts the page loads itself again; with scripts its part is fetched, and the page once it is over."""
    rows = [
        ["编码", "名称", "类型", "上级编码"],
        *([f"N{n:05d}", f"{'丁' * 40}镇{n}", "镇", "T"] for n in range(900)),
    ]
    text = body(sent(page.as_("ada"), as_csv(rows)))
    run = ImportRun.objects.get()
    assert "正在核对" in text and "等候处理" in text and "刷新进度" in text
    jobs.tell(f"import:{run.pk}", (500, 900))
    part = page.get(url("imports:run", run.pk), headers={"HX-Request": "true"})
    assert "已读 500 行，共 900 行。" in body(part) and "<html" not in body(part)
    jobs.run_sweeps(at("15:13"), only="people.work_imports")
    assert (
        page.get(url("imports:run", run.pk), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    )
    assert "导入 900 行" in body(page.get(url("imports:run", run.pk)))
    answer = page.post(url("imports:confirm", run.pk))
    assert answer.headers["Location"] == url("imports:run", run.pk)
    assert "正在写入" in body(page.get(url("imports:run", run.pk)))
    jobs.run_sweeps(at("15:14"), only="people.work_imports")
    assert "新增 900" in body(page.get(url("imports:run", run.pk)))
    assert Unit.objects.filter(code__startswith="N0").count() == 900


def test_import_can_be_given_up(page) -> None:
    sent(page.as_("ada"), UNITS)
    run = ImportRun.objects.get()
    assert "没有导入" in body(page.post(url("imports:stop", run.pk), follow=True))
    assert page.post(url("imports:confirm", run.pk)).status_code == 409
    assert not Unit.objects.filter(code="T09").exists()


def test_office_is_offered_sites_only(page) -> None:
    text = body(page.as_("wen").get(url("imports:show")))
    assert 'value="sites"' in text and 'value="units"' not in text
    answer = page.post(url("imports:show"), {"kind": "units", "file": upload(UNITS)})
    assert answer.status_code == 422


@pytest.mark.parametrize("kind", ["units", "posts", "sites"])
def test_template_can_be_imported_as_it_is_read(page, kind: str) -> None:
    answer = page.as_("ada").get(url("imports:template", kind))
    shown = sent(page, answer.content, "模板.xlsx", kind)
    assert "核对结果" in shown.content.decode()


# ---- journal ----------------------------------------------------------------------------------------------


def test_journal_is_filtered_and_one_line_is_proved(page, world) -> None:
    page.as_("avi")
    unit = world.units["甲镇"]
    rows = body(page.get(url("journal:list") + f"?verb=unit.added&subject={unit.pk}")).split("<tbody>")[1]
    assert rows.count("<tr>") == 1
    event = Event.objects.get(subject_id=unit.pk)
    assert "待封存" in body(page.get(url("journal:show", event.pk)))
    assert page.get(url("journal:proof", event.pk)).status_code == 404
    seals.seal_open_events(moment("15:12"))
    proof = body(page.get(url("journal:proof", event.pk)))
    assert seals.inclusion_proof(event)["root"] in proof
    assert "第 1 次封存" in body(page.get(url("journal:show", event.pk)))


def test_verification_says_what_it_found(page) -> None:
    seals.seal_open_events(moment("15:12"))
    text = body(page.as_("avi").post(url("journal:verify")))
    assert "核对无误" in text


def test_journal_days_are_local_days(page) -> None:
    page.as_("avi")
    assert "没有符合条件的留痕" in body(page.get(url("journal:list") + "?until=2020-02-15"))
    assert "没有符合条件的留痕" not in body(
        page.get(url("journal:list") + "?since=2020-02-16&until=2020-02-16")
    )


@pytest.mark.parametrize("who", ["asha", "olga", "ada", "nobody"])
def test_journal_line_is_not_shown_to_others(page, who: str) -> None:
    event = Event.objects.first()
    for name in ("journal:show", "journal:proof"):
        assert page.as_(who).get(url(name, event.pk)).status_code == 404


def test_office_of_another_place_sees_nothing_of_here(page, world) -> None:
    far = territory.add_unit(actor=SYSTEM, at=moment(), code="Z", name="外县", kind=UnitKind.COUNTY)
    people.grant_role(
        actor=SYSTEM, at=moment(), user_id=world.users["nobody"].pk, role=Role.OFFICE, unit_id=far.pk
    )
    page.as_("nobody")
    rows = body(page.get(url("journal:list")))
    assert "甲镇" not in rows and "外县" in rows


# ---- search -----------------------------------------------------------------------------------------------


def test_search_groups_what_the_reader_may_see(page) -> None:
    text = body(page.as_("wen").get(url("search:show") + "?q=甲镇"))
    assert "甲镇农贸市场" in text and "甲镇人民政府" in text
    assert "没有找到" in body(page.as_("asha").get(url("search:show") + "?q=乙镇"))
    assert "asha" in body(page.as_("ada").get(url("search:show") + "?q=asha"))
    assert "没有找到" in body(page.as_("wen").get(url("search:show") + "?q=asha"))


def test_search_is_journalled_without_its_words(page) -> None:
    page.as_("wen").get(url("search:show") + "?q=甲镇农贸")
    event = Event.objects.get(verb="search.made")
    assert event.detail.body == {"length": 4, "found": 1}
    assert "甲镇" not in event.subject_label + event.reason


# ---- the system -------------------------------------------------------------------------------------------


def test_calendar_exception_is_set_and_cleared(page) -> None:
    page.as_("ada")
    assert "2020年工作日历" in body(page.get(url("system:calendar")))
    page.post(url("system:calendar"), {"day": "2020-02-22", "kind": "work", "note": "示例市调休"})
    assert WorkdayCalendar.load().is_workday(date(2020, 2, 22))
    assert "示例市调休" in body(page.get(url("system:calendar") + "?year=2020"))
    page.post(url("system:clear_day"), {"day": "2020-02-22"})
    assert not CalendarDay.objects.exists()
    assert Event.objects.filter(verb="calendar.changed").count() == 2


def test_calendar_is_not_changed_by_others(page) -> None:
    for who in ("wen", "asha", "nobody"):
        assert (
            page.as_(who)
            .post(url("system:calendar"), {"day": "2020-02-22", "kind": "work", "note": "x"})
            .status_code
            == 404
        )
        assert page.post(url("system:clear_day"), {"day": "2020-02-22"}).status_code == 404
    assert not CalendarDay.objects.exists()


def test_campaign_is_switched_to_one_in_reach_only(page, world) -> None:
    page.as_("wen")
    assert "防控专项监督" in body(page.get(url("system:campaign")))
    assert page.post(url("system:campaign"), {"campaign": world.campaign.pk}).status_code == 302
    assert page.session["campaign"] == str(world.campaign.pk)
    assert page.as_("nobody").post(url("system:campaign"), {"campaign": world.campaign.pk}).status_code == 404
    assert page.post(url("system:campaign"), {"campaign": "x"}).status_code == 404


def test_health_needs_no_sign_in_and_tells_no_details(page) -> None:
    first = page.get("/healthz").json()
    heartbeat.beat(moment("15:11"))
    assert first == {"status": "ok", "database": True, "queue": True, "tick": False}
    assert page.get("/healthz").json()["tick"] is True


def test_metrics_answer_only_to_the_token(page, settings) -> None:
    assert page.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "geheim"
    assert page.get("/metrics").status_code == 404
    answer = page.get("/metrics", headers={"authorization": "Bearer geheim"})
    assert answer.status_code == 200
    assert "duban_journal_unsealed" in answer.content.decode()


def test_about_names_the_licences(page) -> None:
    text = body(page.as_("nobody").get(url("system:about")))
    assert "Apache-2.0" in text and "htmx" in text and "FandolFang" in text


def test_language_is_switched(page) -> None:
    page.as_("wen")
    answer = page.post(url("set_language"), {"language": "en", "next": url("units:list")})
    assert (answer.status_code, answer.cookies["django_language"].value) == (302, "en")
