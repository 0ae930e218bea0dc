"""Every Chinese text of the field app has its English, and no English is left over."""

import re
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "field-app" / "src"
SAID = re.compile(r"""\bt\(\s*(?:"([^"]+)"|'([^']+)')""")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def english() -> set[str]:
    """Return the Chinese keys of the list of English texts."""
    listed = (SOURCES / "words.ts").read_text().split("ENGLISH: Record<string, string> = {", 1)[1]
    listed = re.sub(r':\s*"(?:[^"\\]|\\.)*"', ":", listed)  # the English itself
    return {quoted or plain for quoted, plain in re.findall(r'(?:"([^"]+)"|([\u4e00-\u9fff]+))\s*:', listed)}


def said() -> set[str]:
    """Return the texts the components ask for."""
    found: set[str] = set()
    for path in SOURCES.iterdir():
        if path.suffix in {".vue", ".ts"} and path.name != "words.ts":
            found |= {one or other for one, other in SAID.findall(path.read_text())}
    return found


def test_every_text_of_the_app_has_its_english() -> None:
    assert {text for text in said() if CHINESE.search(text)} <= english()


def test_no_chinese_stands_in_a_component_outside_of_the_list() -> None:
    for path in SOURCES.glob("*.vue"):
        text = re.sub(r"<!--.*?-->|//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for match in SAID.finditer(text):
            text = text.replace(match.group(0), "")
        words = set(re.findall(r"[\u4e00-\u9fff]{2,}", text))
        assert words <= {"中文"}, (path.name, words)  # a language is called by its own name
