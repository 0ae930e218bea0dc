"""URLs of sites and area grades."""

from django.urls import include, path

from duban.web.views import sites

SITES = [
    path("", sites.list_sites, name="list"),
    path("add/", sites.add_site, name="add"),
    path("grades/", sites.list_grades, name="grades"),
    path("<uuid:pk>/", sites.show_site, name="show"),
    path("<uuid:pk>/change/", sites.change_site, name="change"),
    path("<uuid:pk>/switch/", sites.switch_site, name="switch"),
]

urlpatterns = [path("sites/", include((SITES, "sites")))]
