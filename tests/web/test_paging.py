"""Pages of long lists: a count that stops at its bound still lets one go on; a page reads its own rows only."""

import pytest
from django.test import RequestFactory

from duban.inspection import queries
from duban.inspection.models import Finding
from duban.kernel.bounded import AtLeast, bounded_count
from duban.web.pages import ListPaginator, paginate
from tests.inspection.acts import FACT, found


@pytest.fixture
def rows(world):
    for number in range(5):
        found(world, fact=f"{FACT}第 {number} 处")
    return queries.in_order(queries.register(world.actor("wen"), world.campaign.pk), "number")


def test_count_is_exact_up_to_its_bound_and_says_so_beyond(rows):
    assert (bounded_count(rows, 5), str(bounded_count(rows, 5))) == (5, "5")
    beyond = bounded_count(rows, 4)
    assert (beyond, str(beyond), f"{beyond}") == (4, "4+", "4+")
    assert isinstance(beyond, AtLeast)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_page_holds_the_same_rows_as_a_plain_slice(rows, number):
    page = paginate(RequestFactory().get("/", {"page": number}), rows, 2)
    assert [row.number for row in page] == [row.number for row in rows[(number - 1) * 2 : number * 2]]
    assert (page.paginator.count, page.paginator.num_pages) == (5, 3)


def test_one_can_go_on_beyond_the_bound(rows):
    pages = ListPaginator(rows, 2, asked=1)
    pages.bound = 3
    assert (str(pages.count), pages.page(1).has_next()) == ("3+", True)
    further = ListPaginator(rows, 2, asked=2)
    further.bound = 6
    assert [row.number for row in further.page(3)] == [5]


def test_known_total_spares_the_count(rows, django_assert_num_queries):
    with django_assert_num_queries(2):
        page = paginate(RequestFactory().get("/"), rows, 2, total=5)
        assert [row.site.name for row in page] == ["甲镇西卡口", "甲镇西卡口"]


def test_known_total_that_stopped_at_its_bound_still_lets_one_go_on(rows):
    first = paginate(RequestFactory().get("/"), rows, 2, total=AtLeast(4))
    assert (str(first.paginator.count), first.has_next()) == ("4+", True)
    last = paginate(RequestFactory().get("/", {"page": "3"}), rows, 2, total=AtLeast(4))
    assert ([row.number for row in last], last.paginator.count) == ([5], 5)


def test_out_of_range_page_is_the_nearest_one(rows):
    assert paginate(RequestFactory().get("/", {"page": "99"}), rows, 2).number == 3
    assert paginate(RequestFactory().get("/", {"page": "x"}), rows, 2).number == 1
    assert Finding.objects.count() == 5
