"""URL × role: who may read every page of the program, who is told “not you”, and to whom it does not exist.

Every named route of ours stands in one of the tables; a new one fails until somebody says who may see it. The rows
behind the addresses are those of tests/contracts/everything.py (甲镇, team 1); rina and 乙镇 are the strangers.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from duban.kernel.models import Event
from duban.web.views.accountability_acts import ACTS
from tests.contracts import everything
from tests.contracts.everything import Everything
from tests.world import DAY, World

CAST = "wen hugo asha rina cora olga hana vera lena avi ada nobody"
GROUPS = {"everybody": CAST, "granted": CAST.removesuffix(" nobody")}
# (who gets the page, who is told 403): addresses. Everybody else gets 404, as for something that does not exist.
READ = {
    ("hugo wen", ""): "incoming:list incoming:receive incoming:show incoming:original",
    ("granted", ""): """
        today:show today:changes summaries:list bulletins:list documents:list orders:list orders:new
        verifications:list referrals:list commons:list commons:new traces:list burden:show burden:request_form
        accountability:list meddling:list recusal:declare recusal:request drafts:list documents:bundles
    """,
    ("wen hugo asha rina hana lena avi", "cora olga vera ada"): "overview:show overview:definitions",
    ("", "cora olga vera ada"): "overview:export overview:rows",
    ("wen hugo avi", ""): """
        summaries:show summaries:export summaries:page summaries:file bulletins:show bulletins:page
        bulletins:file key-points:show key-points:point journal:list journal:seals journal:show
    """,
    ("wen hugo", "avi"): "summaries:edit bulletins:edit",
    ("", ""): "summaries:rows draws:inputs draws:protocol journal:proof",
    ("wen hugo", "asha rina cora olga hana vera lena avi ada"): """
        bulletins:new drafts:new drafts:groups drafts:new_group drafts:group documents:paper documents:series
    """,
    ("wen", "hugo"): "drafts:edit",
    ("wen", ""): "documents:bundle_file",
    ("wen hugo", "cora olga avi"): "documents:send",
    ("wen hugo cora olga avi", ""): "documents:show documents:file documents:print documents:page",
    ("wen hugo asha rina cora lena avi", ""): "key-points:today key-points:list",
    (
        "wen hugo asha rina cora lena avi ada",
        "",
    ): """
        rounds:list rounds:change dispatches:board draws:list liaison:show teams:list teams:show
        roster:calendar roster:coverage roster:sites roster:repeats roster:load roster:visits liaison:visits limits:list
    """,
    ("wen hugo", "asha cora lena avi"): "limits:lift",
    ("hugo", "wen asha rina cora lena avi ada"): "limits:budget limits:rotation",
    ("wen hugo lena", "asha rina cora avi ada"): "liaison:add_visit",
    ("wen hugo lena", "avi"): "liaison:withdraw_visit",
    ("avi", ""): "journal:review",
    ("wen hugo lena avi", ""): "topics:list",
    ("wen hugo", "lena avi"): "topics:enter topics:correct topics:withdraw topics:send",
    ("wen hugo asha rina cora", ""): "roster:file roster:record_absence",
    (
        "wen hugo",
        "asha rina cora lena avi ada",
    ): "limits:protect dispatches:add draws:add liaison:assign liaison:end teams:add teams:change teams:board teams:move_member teams:move_sector",
    ("wen hugo asha", ""): "dispatches:show dispatches:sheet sheets:show submissions:show submissions:source",
    ("wen hugo", "asha lena"): "findings:return findings:verify orders:change submissions:merge",
    ("wen hugo asha rina cora ada", ""): "devices:list",
    ("wen hugo avi", "asha"): "dispatches:looks",
    ("wen hugo", ""): "draws:show recusal:list risk:list risk:show risk:table risk:change drafts:show",
    ("wen hugo asha lena", ""): """
        evidence:show evidence:thumbnail findings:show visits:show visits:print verifications:verify
        verifications:look_back referrals:new self-checks:show
    """,
    ("wen hugo asha rina cora hana lena", ""): "support:list support:export",
    ("wen hugo asha hana lena", ""): "support:answer",
    ("wen hugo asha rina cora olga lena", ""): "findings:list findings:export findings:print findings:add",
    ("asha", "wen hugo lena"): "findings:resubmit",
    ("wen hugo asha", "lena"): """
        findings:withdraw findings:told findings:photos findings:support visits:answers visits:submit
        visits:defer visits:withdraw visits:photos visits:support
    """,
    ("hugo", "wen asha lena"): "findings:transfer",
    (
        "wen hugo asha rina cora lena",
        "",
    ): "sheets:list sheets:export visits:list visits:export submissions:list",
    ("wen hugo asha rina cora", "lena"): "visits:open",
    ("wen hugo asha olga", "lena"): "orders:recusal",
    ("wen hugo asha olga lena", ""): "orders:show orders:reply orders:dispute orders:photo burden:answer",
    ("wen hugo asha vera lena", ""): "referrals:show",
    ("wen hugo asha rina lena", ""): "commons:show burden:decide_form",
    ("wen hugo lena", ""): "traces:show",
    ("olga", ""): "burden:object",
    ("hugo", "wen lena"): "accountability:new",
    ("wen hugo olga lena", ""): """
        accountability:show accountability:decision accountability:change accountability:examine
        accountability:distinctions accountability:consider accountability:tell accountability:hear
        accountability:new-facts accountability:propose accountability:decide accountability:deliver
        accountability:conclude accountability:apply accountability:accept accountability:decline
        accountability:verify accountability:determine accountability:told accountability:correct
        accountability:close accountability:appeal accountability:publish accountability:unpublish
        accountability:withdraw
    """,
    ("hugo", "wen olga lena"): "accountability:reviewer accountability:legal-check accountability:hand-over",
    ("lena", "wen hugo olga"): "accountability:review",
    ("", "wen hugo olga lena"): "accountability:publish-draft",
    ("wen hugo asha rina cora hana vera lena", "olga avi ada"): "meddling:new",
    ("wen hugo asha rina cora hana lena ada", ""): """
        campaign:show campaign:certificate directives:list directives:show directives:source gaps:show
        rules:list focuses:list legal:list packs:list checklists:list
    """,
    ("hugo ada", ""): "campaign:create",
    ("wen hugo", "asha rina cora hana lena ada"): """
        campaign:change campaign:scope campaign:add_period campaign:end_period directives:register
        directives:repeal directives:end_measure focuses:change checklists:upload
    """,
    ("hugo", "wen asha rina cora hana lena ada"): "campaign:close campaign:reopen campaign:erase",
    ("wen hugo lena ada", ""): "checklists:show checklists:compare checklists:source checklists:xform",
    ("wen hugo asha rina cora lena ada", ""): "sites:list sites:grades",
    ("wen hugo ada", ""): "sites:add units:list units:tree units:show units:children posts:list imports:show",
    ("wen hugo asha cora lena ada", ""): "sites:show",
    ("wen hugo ada", "asha cora lena"): "sites:change",
    ("everybody", ""): "units:options search:show system:campaign system:about",
    ("ada", "wen hugo"): "units:add units:change units:move units:add_post posts:change",
    ("wen hugo avi ada", ""): "users:list users:add users:show users:password",
    ("ada", ""): "users:roles imports:template imports:run imports:faults system:calendar system:backups",
    ("ada", "wen hugo avi"): "users:change",
    ("hugo", "wen"): "recusal:decide",
}
# No page: GET is refused, the act itself asks the policy.
POST_ONLY = """
    incoming:correct incoming:undo incoming:confirm incoming:attach incoming:discard
    today:remind summaries:freeze summaries:act bulletins:act documents:void documents:receive
    documents:receive_all
    key-points:compose key-points:add_point key-points:approve key-points:return key-points:push
    key-points:issue key-points:merge key-points:read key-points:move key-points:must_ask key-points:drop key-points:restore
    dispatches:issue dispatches:depart dispatches:return dispatches:cancel dispatches:swap dispatches:add_site
    burden:defer burden:withdraw_deferral
    dispatches:merge_place dispatches:part_place dispatches:remove_site dispatches:reveal dispatches:break_seal draws:run draws:issue draws:reveal
    dispatches:vehicle roster:open_feed roster:revoke_feed roster:withdraw_absence
    liaison:issue teams:close teams:add_member teams:end_membership findings:bulk findings:confirm orders:issue
    orders:discard orders:void orders:link orders:verify orders:receive orders:decide_plan orders:decide_dispute
    orders:sign_urge commons:notice commons:close self-checks:link traces:decide traces:conclude campaign:start
    rules:adopt packs:install checklists:publish checklists:retire sites:switch units:end units:resume
    posts:switch users:revoke users:switch users:grant imports:confirm imports:stop imports:retry journal:verify
    system:clear_day drafts:preview drafts:act drafts:remove_group documents:variant documents:urge
    devices:register devices:revoke submissions:accept submissions:discard
    documents:ask_bundle documents:retry_bundle documents:reserve documents:void_number
"""
# Phones: the token in the address is the only key, no cookie is read; a wrong one is 401.
PHONES = """
    field:base field:form_list field:form field:manifest field:media field:submission field:day field:depart field:reveal
    field:verify field:look_back field:photo
"""
# Without an account: the unit links, the lamp of the load balancer, the figures for the collector.
OPEN = """
    portal:self_check portal:order portal:dispute portal:burden portal:defer portal:recusal healthz
    field:app field:worker field:app_manifest
"""
OPEN_POST_ONLY = "portal:receive portal:reply set_language"
# Open to the address, but nothing is there: no token configured; a photo of another order.
CLOSED = "metrics portal:photo roster:feed"


def routes(patterns: list[Any], names: tuple[str, ...] = ()) -> Iterator[str]:
    """Every named route whose view is ours."""
    for one in patterns:
        if hasattr(one, "url_patterns"):
            yield from routes(one.url_patterns, (*names, one.namespace) if one.namespace else names)
        elif one.callback.__module__.startswith("duban.") or one.name == "set_language":
            yield ":".join([*names, one.name])


ROUTES = list(dict.fromkeys(routes(get_resolver().url_patterns)))
PLACE = {name: key for key, names in READ.items() for name in names.split()}


def test_every_route_is_in_exactly_one_table() -> None:
    listed = [
        *PLACE,
        *POST_ONLY.split(),
        *OPEN.split(),
        *OPEN_POST_ONLY.split(),
        *CLOSED.split(),
        *PHONES.split(),
    ]
    assert sorted(listed) == sorted(ROUTES)
    assert sum(len(names.split()) for names in READ.values()) == len(PLACE)


def arguments(all_: Everything) -> dict[str, tuple[Any, ...]]:
    """What each address is asked about."""
    world = all_.world
    known: dict[str, tuple[Any, ...]] = {}
    of_row = {
        "edition": "summaries: show edit export", "bulletin": "bulletins: show edit",
        "document": "documents: show print void variant urge send", "paper": "drafts: show edit preview",
        "group": "drafts: group remove_group", "bundle": "documents: bundle_file retry_bundle",
        "number": "documents: void_number", "delivery": "documents: receive",
        "sheet": "key-points: show add_point approve return push issue merge",
        "point": "key-points: point move must_ask drop restore",
        "dispatch": "dispatches: show sheet issue depart return cancel swap add_site vehicle looks", "absence": "roster: withdraw_absence",
        "slot": "dispatches: merge_place part_place remove_site reveal break_seal", "draw": "draws: show run issue inputs protocol",
        "liaison": "liaison: end", "liaison_visit": "liaison: withdraw_visit", "topic": "topics: correct withdraw send", "protection": "limits: lift", "evidence": "evidence: show thumbnail", "support": "support: answer",
        "registered": "findings: show confirm return resubmit verify withdraw transfer told photos support",
        "visit": "visits: show answers submit defer withdraw photos support print",
        "order": "orders: show issue discard void link verify receive reply dispute recusal", "draft": "orders: change", "plan": "orders: decide_plan",
        "dispute": "orders: decide_dispute", "photo": "orders: photo", "urge": "orders: sign_urge",
        "fed_back": "verifications: verify", "look_back": "verifications: look_back", "confirmed": "referrals: new",
        "referral": "referrals: show", "common": "commons: show notice close", "check": "self-checks: show link",
        "trace": "traces: show decide conclude", "approval": "burden: decide_form", "objection": "burden: answer", "deferral": "burden: withdraw_deferral",
        "case": "accountability: show decision " + " ".join(act.name for act in ACTS), "period": "campaign: end_period",
        "certificate": "campaign: certificate", "directive": "directives: show repeal source", "focus": "focuses: change",
        "text": "incoming: show correct undo confirm attach discard original",
        "version": "checklists: show publish retire compare source xform", "recusal": "recusal: decide",
        "device": "devices: revoke", "submission": "submissions: show source accept discard",
        "event": "journal: show proof", "import": "imports: run confirm stop retry faults",
    }  # fmt: skip
    for key, names in of_row.items():
        space, *rest = names.split()
        known |= {f"{space}{name}": (all_[key].pk,) for name in rest}
    team, unit = world.teams["1"], world.units["甲镇人民政府"]
    of_world = {
        team: "teams: show change close add_member", team.members.first(): "teams: end_membership move_member",
        world.teams["2"]: "dispatches: add", world.round: "rounds: change", world.rule_item.rule_set: "rules: adopt",
        world.sites["甲镇农贸市场"]: "sites: show change switch",
        unit: "units: show children change move end resume add_post", world.posts["甲镇镇长岗"]: "posts: change switch",
        world.users["asha"].grants.first(): "users: revoke", world.users["olga"]: "users: show change password switch grant",
    }  # fmt: skip
    for row, names in of_world.items():
        space, *rest = names.split()
        known |= {f"{space}{name}": (row.pk,) for name in rest}
    edition, bulletin, document = all_["edition"].pk, all_["bulletin"].pk, all_["document"].pk
    tokens = dict.fromkeys(
        (
            "portal:order",
            "portal:receive",
            "portal:reply",
            "portal:dispute",
            "portal:burden",
            "portal:defer",
            "portal:recusal",
        ),
        (all_.token,),
    )
    return known | tokens | {
        "overview:export": ("lines",), "summaries:rows": (edition, 1, "confirmed"), "summaries:page": (edition, 1),
        "summaries:file": (edition, "pdf"), "summaries:act": (edition, "check"), "bulletins:page": (bulletin, 1),
        "bulletins:file": (bulletin, "pdf"), "bulletins:act": (bulletin, "submit"), "documents:file": (document, "pdf"),
        "documents:page": (document, 1), "drafts:act": (all_["paper"].pk, "submit"),
        "documents:reserve": (all_["number"].series_id,), "key-points:read": (all_["sheet"].pk, team.pk), "draws:reveal": (world.round.pk,),
        "sheets:show": (team.pk, str(DAY)), "accountability:new": (all_["trace"].pk,),
        "directives:end_measure": (all_["directive"].pk, all_["measure"].pk), "packs:install": ("epidemic-control",),
        "imports:template": ("units",), "roster:feed": ("nothing",), "teams:move_sector": (world.units["甲镇"].pk,),
        "portal:self_check": (all_.check_token,), "portal:photo": (all_.token, all_["evidence"].pk),
        "submissions:merge": (all_["visit"].pk, all_["visit"].pk),
        **dict.fromkeys((f"field:{name}" for name in ["base", "form_list", "submission", "day", "depart", "reveal", "verify", "look_back"]), ("nothing",)),
        **dict.fromkeys(("field:form", "field:manifest"), ("nothing", all_["version"].pk)),
        "field:photo": ("nothing", all_["evidence"].pk),
        "field:media": ("nothing", all_["version"].pk, "sites.csv"),
        "risk:show": (world.sites["甲镇农贸市场"].pk,),
    }  # fmt: skip


@pytest.fixture
def addresses(world: World, clock_at: Any) -> dict[str, str]:
    """Route → address, with the clock at 15:12 of the world's day."""
    clock_at("15:12")
    known = arguments(everything.make(world))
    return {name: reverse(name, args=known.get(name, ())) for name in ROUTES}


def client_of(world: World, name: str, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    if name:
        client.force_login(world.users[name], backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def ask(client: Client, method: str, address: str) -> Any:
    """One request whose writes are taken back."""
    with transaction.atomic():
        response = getattr(client, method)(address)
        transaction.set_rollback(True)
    return response


def expected(name: str, who: str) -> str:
    seen, refused = PLACE[name]
    if who in GROUPS.get(seen, seen).split():
        return "page"
    return "403" if who in GROUPS.get(refused, refused).split() else "404"


def got(status: int) -> str:
    """A page, its wrong moment (409) and the way to entering the password again are the same answer here: come in."""
    return "page" if status in (200, 302, 409) else str(status)


def test_who_reads_what(world: World, addresses: dict[str, str]) -> None:
    wrong = {}
    for who in CAST.split():
        client = client_of(world, who)
        for name in PLACE:
            answer = got(ask(client, "get", addresses[name]).status_code)
            if answer != expected(name, who):
                wrong[name, who] = (expected(name, who), answer)
    assert wrong == {}


def test_without_account_every_staff_page_leads_to_the_sign_in(
    world: World, addresses: dict[str, str]
) -> None:
    client, wrong = client_of(world, ""), {}
    for name in [*PLACE, *POST_ONLY.split()]:
        for method in ("get", "post"):
            response = ask(client, method, addresses[name])
            to_sign_in = response.status_code == 302 and response.headers["Location"].startswith(
                "/account/login/"
            )
            if not to_sign_in and response.status_code != 405:
                wrong[name, method] = response.status_code
    assert wrong == {}
    assert {name: ask(client, "get", addresses[name]).status_code for name in OPEN.split()} == dict.fromkeys(
        OPEN.split(), 200
    )
    assert {ask(client, "get", addresses[name]).status_code for name in OPEN_POST_ONLY.split()} <= {302, 405}
    assert {ask(client, "get", addresses[name]).status_code for name in CLOSED.split()} == {404}
    assert {ask(client, "head", addresses[name]).status_code for name in PHONES.split()} == {401}


def test_acts_are_not_done_by_looking(world: World, addresses: dict[str, str]) -> None:
    wrong = {}
    for who in ("hugo", "nobody"):
        client = client_of(world, who)
        for name in POST_ONLY.split():
            if (status := ask(client, "get", addresses[name]).status_code) not in (403, 404, 405):
                wrong[name, who] = status
    assert wrong == {}


def test_no_post_without_its_token(world: World, addresses: dict[str, str]) -> None:
    """hugo is signed in and may do most; a form on another site that posts for him gets 403."""
    client = client_of(world, "hugo", enforce_csrf_checks=True)
    before = Event.objects.count()
    by_cookie = [name for name in ROUTES if name not in PHONES.split()]
    wrong = {
        name: status for name in by_cookie if (status := client.post(addresses[name]).status_code) != 403
    }
    assert {client.post(addresses[name]).status_code for name in PHONES.split()} <= {401, 405}
    assert wrong == {}
    assert Event.objects.count() == before


# What is left of a look is recorded too; a look is not a change.
LOOKS = ("export.made", "document.downloaded", "accountability.read", "link.opened")


@pytest.mark.parametrize("who", ["nobody", "rina", "lena"])
def test_a_strangers_post_changes_nothing(world: World, addresses: dict[str, str], who: str) -> None:
    """Somebody without a grant, an inspector of another town, somebody who only reads."""
    client, wrong = client_of(world, who), {}
    before = Event.objects.count()
    for name in [*PLACE, *POST_ONLY.split()]:
        if name == "roster:open_feed" and who == "rina":
            continue  # a calendar of the own days on duty: nobody else's thing is changed
        with transaction.atomic():
            status = client.post(addresses[name]).status_code
            changed = Event.objects.exclude(verb__in=LOOKS).count() - before
            transaction.set_rollback(True)
        if changed or status >= 500:
            wrong[name] = (status, changed)
    assert wrong == {}
