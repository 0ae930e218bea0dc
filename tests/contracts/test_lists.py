"""Every list of the program can be taken along: as a workbook of the rows shown, and on paper."""

import re

from django.urls import reverse

from tests.contracts import everything
from tests.contracts.test_urls import ROUTES
from tests.page_client import PageClient
from tests.world import World

# packs:list is a shelf of the source, not rows of a campaign
LISTS = sorted(name for name in ROUTES if name.endswith(":list") and name != "packs:list")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_lists_export_what_they_show_and_print(world: World, page: PageClient) -> None:
    everything.make(world)
    page.as_("hugo")
    wrong = {}
    for name in LISTS:
        address = reverse(name)
        text = page.get(address).content.decode()
        links = [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]*export[^"]*)"', text)]
        book = page.get(links[0] if links[0].startswith("/") else address + links[0]) if links else None
        if book is None or book.headers["Content-Type"] != WORKBOOK:
            wrong[name, "workbook"] = links
        if "data-print" not in text and "/print/" not in text:
            wrong[name, "paper"] = "no button"
    assert wrong == {}
