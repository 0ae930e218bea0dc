"""URLs of campaign settings, directives, gap report, rules, focuses, legal register and packs."""

from django.urls import include, path

from duban.web.views import campaign, catalogues, directives

CAMPAIGN = [
    path("", campaign.show_campaign, name="show"),
    path("add/", campaign.create_campaign, name="create"),
    path("change/", campaign.change_campaign, name="change"),
    path("units/", campaign.change_scope, name="scope"),
    path("periods/add/", campaign.add_period, name="add_period"),
    path("periods/<uuid:pk>/end/", campaign.end_period, name="end_period"),
    path("start/", campaign.start_campaign, name="start"),
    path("close/", campaign.close_campaign, name="close"),
    path("reopen/", campaign.reopen_campaign, name="reopen"),
    path("erase/", campaign.erase_campaign, name="erase"),
    path("certificates/<uuid:pk>/", campaign.show_certificate, name="certificate"),
]
DIRECTIVES = [
    path("", directives.list_directives, name="list"),
    path("add/", directives.register_directive, name="register"),
    path("<uuid:pk>/", directives.show_directive, name="show"),
    path("<uuid:pk>/repeal/", directives.repeal_directive, name="repeal"),
    path("<uuid:pk>/source/", directives.source_file, name="source"),
    path("<uuid:pk>/measures/<uuid:measure_id>/end/", directives.end_measure, name="end_measure"),
]
RULES = [
    path("", catalogues.list_rules, name="list"),
    path("<uuid:pk>/adopt/", catalogues.adopt_rule_set, name="adopt"),
]
FOCUSES = [
    path("", catalogues.list_focuses, name="list"),
    path("<uuid:pk>/change/", catalogues.change_focuses, name="change"),
]
PACKS = [
    path("", catalogues.list_packs, name="list"),
    path("<slug:code>/install/", catalogues.install_pack, name="install"),
]

urlpatterns = [
    path("campaign/", include((CAMPAIGN, "campaign"))),
    path("campaign/directives/", include((DIRECTIVES, "directives"))),
    path("campaign/gaps/", include(([path("", directives.gap_report, name="show")], "gaps"))),
    path("campaign/rules/", include((RULES, "rules"))),
    path("campaign/focuses/", include((FOCUSES, "focuses"))),
    path("campaign/legal/", include(([path("", catalogues.list_legal, name="list")], "legal"))),
    path("campaign/packs/", include((PACKS, "packs"))),
]
