"""URLs of divisions, units and posts."""

from django.urls import include, path

from duban.web.views import posts, units

UNITS = [
    path("", units.list_units, name="list"),
    path("tree/", units.show_tree, name="tree"),
    path("options/", units.options, name="options"),
    path("add/", units.add_unit, name="add"),
    path("<uuid:pk>/", units.show_unit, name="show"),
    path("<uuid:pk>/children/", units.show_children, name="children"),
    path("<uuid:pk>/change/", units.change_unit, name="change"),
    path("<uuid:pk>/move/", units.move_unit, name="move"),
    path("<uuid:pk>/end/", units.end_unit, name="end"),
    path("<uuid:pk>/resume/", units.resume_unit, name="resume"),
    path("<uuid:pk>/posts/add/", posts.add_post, name="add_post"),
]
POSTS = [
    path("", posts.list_posts, name="list"),
    path("<uuid:pk>/change/", posts.change_post, name="change"),
    path("<uuid:pk>/switch/", posts.switch_post, name="switch"),
]

urlpatterns = [path("units/", include((UNITS, "units"))), path("posts/", include((POSTS, "posts")))]
