"""Addresses of findings, their photos and support requests."""

from django.urls import include, path

from duban.web.views import evidence, finding_acts, findings, support

FINDINGS = [
    path("", findings.list_findings, name="list"),
    path("export/", findings.export_findings, name="export"),
    path("print/", findings.print_findings, name="print"),
    path("bulk/", findings.bulk, name="bulk"),
    path("add/", findings.add_finding, name="add"),
    path("<uuid:pk>/", findings.show_finding, name="show"),
    path("<uuid:pk>/confirm/", finding_acts.confirm, name="confirm"),
    path("<uuid:pk>/return/", finding_acts.return_, name="return"),
    path("<uuid:pk>/resubmit/", finding_acts.resubmit, name="resubmit"),
    path("<uuid:pk>/verify/", finding_acts.verify, name="verify"),
    path("<uuid:pk>/withdraw/", finding_acts.withdraw, name="withdraw"),
    path("<uuid:pk>/transfer/", finding_acts.transfer, name="transfer"),
    path("<uuid:pk>/told/", finding_acts.told, name="told"),
    path("<uuid:pk>/photos/", finding_acts.add_photos, name="photos"),
    path("<uuid:pk>/support/", finding_acts.ask_support, name="support"),
]
EVIDENCE = [
    path("<uuid:pk>/", evidence.show_evidence, name="show"),
    path("<uuid:pk>/thumbnail/", evidence.show_thumbnail, name="thumbnail"),
]
SUPPORT = [
    path("", support.list_requests, name="list"),
    path("export/", support.export_requests, name="export"),
    path("<uuid:pk>/", support.answer, name="answer"),
]

urlpatterns = [
    path("findings/photos/", include((EVIDENCE, "evidence"))),
    path("findings/support/", include((SUPPORT, "support"))),
    path("findings/", include((FINDINGS, "findings"))),
]
