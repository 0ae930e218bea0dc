"""URLs of accounts, grants, sign-in rules and recusal."""

from django.urls import include, path

from duban.web.views import recusal, users

USERS = [
    path("", users.list_users, name="list"),
    path("add/", users.add_user, name="add"),
    path("roles/", users.role_rules, name="roles"),
    path("grants/<uuid:pk>/revoke/", users.revoke_grant, name="revoke"),
    path("<uuid:pk>/", users.show_user, name="show"),
    path("<uuid:pk>/change/", users.change_user, name="change"),
    path("<uuid:pk>/password/", users.set_password, name="password"),
    path("<uuid:pk>/switch/", users.switch_user, name="switch"),
    path("<uuid:pk>/grants/", users.grant_role, name="grant"),
]
RECUSAL = [
    path("", recusal.declare, name="declare"),
    path("request/", recusal.request_recusal, name="request"),
    path("requests/", recusal.list_requests, name="list"),
    path("requests/<uuid:pk>/", recusal.decide, name="decide"),
]

urlpatterns = [path("users/", include((USERS, "users"))), path("recusal/", include((RECUSAL, "recusal")))]
