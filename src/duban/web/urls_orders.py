"""URLs of orders and what follows: verification, referrals, common problems, trace-backs, burden."""

from django.urls import include, path

from duban.web.views import burden, commons, order_answers, orders, referrals, traces, verifications

ORDERS = [
    path("", orders.list_orders, name="list"),
    path("new/", orders.draft_orders, name="new"),
    path("<uuid:pk>/", orders.show_order, name="show"),
    path("<uuid:pk>/change/", orders.change_order, name="change"),
    path("<uuid:pk>/issue/", orders.issue_order, name="issue"),
    path("<uuid:pk>/discard/", orders.discard_order, name="discard"),
    path("<uuid:pk>/void/", orders.void_order, name="void"),
    path("<uuid:pk>/link/", orders.renew_link, name="link"),
    path("<uuid:pk>/verify/", orders.verify_order, name="verify"),
    path("<uuid:pk>/receive/", order_answers.receive_order, name="receive"),
    path("<uuid:pk>/reply/", order_answers.reply_to_order, name="reply"),
    path("<uuid:pk>/dispute/", order_answers.dispute_item, name="dispute"),
    path("<uuid:pk>/recusal/", order_answers.request_recusal, name="recusal"),
    path("plans/<uuid:pk>/", order_answers.decide_plan, name="decide_plan"),
    path("disputes/<uuid:pk>/", order_answers.decide_dispute, name="decide_dispute"),
    path("photos/<uuid:pk>/", orders.show_photo, name="photo"),
    path("urges/<uuid:pk>/sign/", orders.sign_urge, name="sign_urge"),
]
VERIFICATIONS = [
    path("", verifications.list_verifications, name="list"),
    path("<uuid:pk>/", verifications.verify_finding, name="verify"),
    path("look-backs/<uuid:pk>/", verifications.record_look_back, name="look_back"),
]
REFERRALS = [
    path("", referrals.list_referrals, name="list"),
    path("new/<uuid:finding_id>/", referrals.refer_finding, name="new"),
    path("<uuid:pk>/", referrals.show_referral, name="show"),
]
COMMONS = [
    path("", commons.list_commons, name="list"),
    path("new/", commons.propose, name="new"),
    path("<uuid:pk>/", commons.show_common, name="show"),
    path("<uuid:pk>/notice/", commons.send_notice, name="notice"),
    path("<uuid:pk>/close/", commons.close_common, name="close"),
]
SELF_CHECKS = [
    path("<uuid:pk>/", commons.answer_self_check, name="show"),
    path("<uuid:pk>/link/", commons.renew_self_check_link, name="link"),
]
TRACES = [
    path("", traces.list_traces, name="list"),
    path("<uuid:pk>/", traces.show_trace, name="show"),
    path("<uuid:pk>/decide/", traces.decide_trace, name="decide"),
    path("<uuid:pk>/conclude/", traces.conclude_trace, name="conclude"),
]
BURDEN = [
    path("", burden.show_burden, name="show"),
    path("forms/new/", burden.request_form, name="request_form"),
    path("forms/<uuid:pk>/", burden.decide_form, name="decide_form"),
    path("deferrals/ask/", burden.ask_deferral, name="defer"),
    path("deferrals/<uuid:pk>/withdraw/", burden.withdraw_deferral, name="withdraw_deferral"),
    path("objections/new/", burden.file_objection, name="object"),
    path("objections/<uuid:pk>/", burden.answer_objection, name="answer"),
]

urlpatterns = [
    path("orders/", include((ORDERS, "orders"))),
    path("verifications/", include((VERIFICATIONS, "verifications"))),
    path("referrals/", include((REFERRALS, "referrals"))),
    path("commons/", include((COMMONS, "commons"))),
    path("self-checks/", include((SELF_CHECKS, "self-checks"))),
    path("trace-backs/", include((TRACES, "traces"))),
    path("burden/", include((BURDEN, "burden"))),
]
