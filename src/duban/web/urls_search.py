"""URL of the search box."""

from django.urls import include, path

from duban.web.views import search

urlpatterns = [path("search/", include(([path("", search.show_search, name="show")], "search")))]
