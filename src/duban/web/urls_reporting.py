"""Addresses of today, overview and figures, daily summaries, bulletins and documents."""

from django.urls import include, path

from duban.web.views import (
    bulletins,
    document_acts,
    documents,
    drafts,
    figure_rows,
    overview,
    summaries,
    today,
)

TODAY = [
    path("", today.show_today, name="show"),
    path("today/remind/", today.remind_teams, name="remind"),
    path("today/changes/", today.list_changes, name="changes"),
]
OVERVIEW = [
    path("", overview.show_overview, name="show"),
    path("export/<slug:sheet>/", overview.export_sheet, name="export"),
    path("definitions/", overview.show_definitions, name="definitions"),
    path("rows/", figure_rows.show_rows, name="rows"),
]
SUMMARIES = [
    path("", summaries.list_editions, name="list"),
    path("freeze/", summaries.freeze_edition, name="freeze"),
    path("<uuid:pk>/", summaries.show_edition, name="show"),
    path("<uuid:pk>/text/", summaries.edit_edition, name="edit"),
    path("<uuid:pk>/export/", summaries.export_edition, name="export"),
    path("<uuid:pk>/rows/<int:ordinal>/<slug:column>/", figure_rows.show_frozen_rows, name="rows"),
    path("<uuid:pk>/pages/<int:number>.png", summaries.page_image, name="page"),
    path("<uuid:pk>/file.<slug:suffix>", summaries.file, name="file"),
    path("<uuid:pk>/<slug:act>/", summaries.act_on_edition, name="act"),
]
BULLETINS = [
    path("", bulletins.list_bulletins, name="list"),
    path("new/", bulletins.draft_bulletin, name="new"),
    path("<uuid:pk>/", bulletins.show_bulletin, name="show"),
    path("<uuid:pk>/text/", bulletins.change_bulletin, name="edit"),
    path("<uuid:pk>/pages/<int:number>.png", bulletins.page_image, name="page"),
    path("<uuid:pk>/file.<slug:suffix>", bulletins.file, name="file"),
    path("<uuid:pk>/<slug:act>/", bulletins.act_on_bulletin, name="act"),
]
DOCUMENTS = [
    path("", documents.list_documents, name="list"),
    path("<uuid:pk>/", documents.show_document, name="show"),
    path("<uuid:pk>/file.<slug:suffix>", documents.file, name="file"),
    path("<uuid:pk>/print/", documents.print_document, name="print"),
    path("<uuid:pk>/pages/<int:number>.png", documents.page_image, name="page"),
    path("<uuid:pk>/void/", documents.void_document, name="void"),
    path("deliveries/receive/", documents.receive_documents, name="receive_all"),
    path("deliveries/<uuid:pk>/receive/", documents.receive_document, name="receive"),
    path("papers/new/", document_acts.new_paper, name="paper"),
    path("<uuid:pk>/variant/", document_acts.make_variant, name="variant"),
    path("<uuid:pk>/urge/", document_acts.urge_receipts, name="urge"),
    path("<uuid:pk>/send/", document_acts.send_on, name="send"),
    path("bundles/", document_acts.list_bundles, name="bundles"),
    path("bundles/ask/", document_acts.ask_bundle, name="ask_bundle"),
    path("bundles/<uuid:pk>/file/", document_acts.bundle_file, name="bundle_file"),
    path("bundles/<uuid:pk>/retry/", document_acts.retry_bundle, name="retry_bundle"),
    path("series/", document_acts.list_series, name="series"),
    path("series/<uuid:pk>/reserve/", document_acts.reserve_number, name="reserve"),
    path("numbers/<uuid:pk>/void/", document_acts.void_number, name="void_number"),
]
DRAFTS = [
    path("", drafts.list_drafts, name="list"),
    path("new/", drafts.new_draft, name="new"),
    path("groups/", drafts.list_groups, name="groups"),
    path("groups/new/", drafts.save_group, name="new_group"),
    path("groups/<uuid:pk>/", drafts.save_group, name="group"),
    path("groups/<uuid:pk>/remove/", drafts.remove_group, name="remove_group"),
    path("<uuid:pk>/", drafts.show_draft, name="show"),
    path("<uuid:pk>/edit/", drafts.edit_draft, name="edit"),
    path("<uuid:pk>/preview/", drafts.preview_draft, name="preview"),
    path("<uuid:pk>/<slug:act>/", drafts.act_on_draft, name="act"),
]

urlpatterns = [
    path("", include((TODAY, "today"))),
    path("overview/", include((OVERVIEW, "overview"))),
    path("summaries/", include((SUMMARIES, "summaries"))),
    path("bulletins/", include((BULLETINS, "bulletins"))),
    path("documents/drafts/", include((DRAFTS, "drafts"))),
    path("documents/", include((DOCUMENTS, "documents"))),
]
