"""收文 in a real browser: a text is chosen, dragged in or pasted at the desk and on a phone; what cannot be read is kept out."""

import base64
from typing import Any

import pytest

from duban.incoming.models import IncomingText
from duban.kernel import files
from tests.e2e.windows import DESK, PHONE
from tests.incoming import papers, texts
from tests.incoming.test_texts import ANNEX

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
BRING, READ = "/incoming/add/", "读取文件"
# What a file manager hands over when a file is let go above the page.
DROP = """([selector, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const zone = document.querySelector(selector);
  for (const kind of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""


def drop(page: Any, name: str, content: bytes, selector: str = "[data-dropzone]") -> None:
    page.evaluate(DROP, [selector, name, base64.b64encode(content).decode()])


def arrived(content: bytes) -> IncomingText:
    text = IncomingText.objects.get()
    assert files.read(text.file) == content
    assert text.number == "示纪办发〔2021〕8号"
    return text


def test_file_is_dragged_onto_the_page_named_and_read(window: Any) -> None:
    wen = window().sign_in("wen")
    wen.go(BRING)
    content = papers.as_docx(texts.NOTICE)
    drop(wen.page, "关于严明纪律的通知.docx", content)
    assert wen.page.locator("[data-dropzone-list]").inner_text() == "关于严明纪律的通知.docx"
    wen.press(READ)
    text = arrived(content)
    assert wen.page.url.endswith(f"/incoming/{text.pk}/")
    assert "第一监督检查室" in wen.page.inner_text("main")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_file_is_chosen(window: Any, size: dict[str, int]) -> None:
    wen = window(size).sign_in("wen")
    wen.go(BRING)
    content = papers.as_pdf(texts.NOTICE)
    wen.page.set_input_files("input[type=file]", {"name": "notice.pdf", "mimeType": "", "buffer": content})
    wen.press(READ)
    arrived(content)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_text_is_pasted_from_the_clipboard(window: Any, size: dict[str, int]) -> None:
    wen = window(size).sign_in("wen")
    wen.go(BRING)
    wen.page.evaluate(
        """(words) => {
      const area = document.createElement("textarea");
      area.value = words; document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
    }""",
        texts.NOTICE,
    )
    wen.page.locator("textarea[name=pasted]").focus()
    wen.page.keyboard.press("Control+V")
    assert "示纪办发〔2021〕8号" in wen.page.input_value("textarea[name=pasted]")
    wen.press(READ)
    assert IncomingText.objects.get().number == "示纪办发〔2021〕8号"


def test_scan_that_is_dragged_in_is_refused_beside_the_file_and_nothing_is_kept(window: Any) -> None:
    wen = window().sign_in("wen")
    wen.go(BRING)
    drop(wen.page, "scan.pdf", papers.picture_pdf())
    wen.press(READ)
    assert "没有文字层" in wen.page.locator(".field-wrong").inner_text()
    assert not IncomingText.objects.exists()


def test_file_that_misses_the_box_does_not_replace_the_page(window: Any) -> None:
    wen = window().sign_in("wen")
    wen.go(BRING)
    content = papers.as_docx(texts.NOTICE)
    drop(wen.page, "notice.docx", content, selector="main")
    assert wen.page.locator("[data-dropzone-list]").inner_text() == "notice.docx"
    wen.press(READ)
    arrived(content)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_of_texts_hold_together_on_every_screen(window: Any, size: dict[str, int]) -> None:
    wen = window(size).sign_in("wen")
    wen.go(BRING)
    wen.page.fill("textarea[name=pasted]", ANNEX)
    wen.press(READ)
    wen.go("/incoming/")
    assert wen.page.get_by_role("link", name="收一份文件").first.is_visible()
