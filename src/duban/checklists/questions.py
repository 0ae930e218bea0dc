"""From an XForm to the question tree that doors render: groups, repeats, types, labels, choices, conditions. Pure.

A node is plain JSON: kind (group | repeat | question), name, label {zh, en}, and for questions type, choices,
relevant, constraint, required, must_ask, is_check, measures, rule_items, finding_template, category.
"""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from duban.checklists.workbook import Row

XF = "{http://www.w3.org/2002/xforms}"
JR = "{http://openrosa.org/javarosa}"
H = "{http://www.w3.org/1999/xhtml}"
ORX = "{http://openrosa.org/xforms}"
RESULTS = frozenset({"yes", "no", "na", "not_checked"})
TYPES = {
    "int": "integer", "decimal": "decimal", "date": "date", "time": "time", "dateTime": "datetime",
    "geopoint": "geopoint", "string": "text", "barcode": "barcode",
}  # fmt: skip
Node = dict[str, Any]


def parser() -> etree.XMLParser:
    """This function will return a parser for forms: no entities, no network, no huge trees."""
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)


def tree(xform: bytes, survey: list[Row]) -> list[Node]:
    """This function will return the question tree of a form; our own columns come from the survey sheet."""
    root = etree.fromstring(xform, parser())
    return _Form(root, {row.get("name"): row for row in survey if row.get("name")}).nodes()


def flat(nodes: list[Node]) -> Iterator[Node]:
    """Return every question of a tree, depth first."""
    for node in nodes:
        if node["kind"] == "question":
            yield node
        else:
            yield from flat(node["children"])


def checks(nodes: list[Node]) -> list[Node]:
    """Return the questions that are checks (符合 / 不符合 / 不适用 / 未查)."""
    return [node for node in flat(nodes) if node["is_check"]]


def in_language(label: dict[str, str], language: str) -> str:
    """This function will return a label in the reader's language, Chinese if there is no other."""
    return (label.get("en") if language.startswith("en") else "") or label.get("zh") or label.get("en") or ""


class _Form:
    """One parsed form: binds by path, texts by id and language, choice lists."""

    def __init__(self, root: etree._Element, authored: dict[str, Row]) -> None:
        self.model = root.find(f"{H}head/{XF}model")
        self.body = root.find(f"{H}body")
        self.authored = authored
        self.binds = {bind.get("nodeset"): bind for bind in self.model.iter(f"{XF}bind")}
        self.texts = self._texts()
        self.lists = {
            instance.get("id"): [self._choice(item) for item in instance.iter(f"{XF}item")]
            for instance in self.model.findall(f"{XF}instance")
            if instance.get("id")
        }

    def _texts(self) -> dict[str, dict[str, str]]:
        texts: dict[str, dict[str, str]] = {}
        for translation in self.model.iter(f"{XF}translation"):
            name = (translation.get("lang") or "").lower()
            language = "en" if "(en" in name or name in {"en", "english"} else "zh"
            for text in translation.findall(f"{XF}text"):
                value = next((one for one in text.findall(f"{XF}value") if not one.get("form")), None)
                words = _words(value)
                if words and words != "-":  # pyxform writes “-” where a translation is missing
                    texts.setdefault(text.get("id"), {}).setdefault(language, words)
        return texts

    def _label(self, element: etree._Element | None) -> dict[str, str]:
        if element is None:
            return {}
        reference = element.get("ref") or ""
        if reference.startswith("jr:itext("):
            return self.texts.get(reference[len("jr:itext(") :].strip("')\""), {})
        words = _words(element)
        return {"zh": words} if words else {}

    def _message(self, bind: etree._Element | None, name: str) -> dict[str, str]:
        text = bind.get(f"{JR}{name}") if bind is not None else None
        if not text:
            return {}
        if text.startswith("jr:itext("):
            return self.texts.get(text[len("jr:itext(") :].strip("')\""), {})
        return {"zh": text}

    def _choice(self, item: etree._Element) -> Node:
        name = item.findtext(f"{XF}name") or item.findtext(f"{XF}value") or ""
        text_id = item.findtext(f"{XF}itextId")
        label = self.texts.get(text_id, {}) if text_id else {"zh": item.findtext(f"{XF}label") or name}
        return {"name": name, "label": label or {"zh": name}}

    def nodes(self) -> list[Node]:
        return self._children(self.body)

    def _children(self, parent: etree._Element) -> list[Node]:
        made = []
        for element in parent:
            tag = etree.QName(element).localname
            if tag == "group":
                made.append(self._group(element))
            elif tag in {"input", "select", "select1", "upload", "trigger", "range", "rank"}:
                made.append(self._question(element, tag))
        return made

    def _group(self, element: etree._Element) -> Node:
        repeat = element.find(f"{XF}repeat")
        path = (repeat.get("nodeset") if repeat is not None else element.get("ref")) or ""
        bind = self.binds.get(path)
        return {
            "kind": "group" if repeat is None else "repeat",
            "name": path.rsplit("/", 1)[-1],
            "label": self._label(element.find(f"{XF}label")),
            "relevant": _attribute(bind, "relevant"),
            "children": self._children(element if repeat is None else repeat),
        }

    def _question(self, element: etree._Element, tag: str) -> Node:
        path = element.get("ref") or ""
        name, bind = path.rsplit("/", 1)[-1], self.binds.get(path)
        authored = self.authored.get(name) or Row(0, {})
        choices = self._choices(element)
        kind = self._type(element, tag, bind)
        return {
            "kind": "question", "name": name, "type": kind, "label": self._label(element.find(f"{XF}label")),
            "hint": self._label(element.find(f"{XF}hint")), "choices": choices,
            "relevant": _attribute(bind, "relevant"), "constraint": _attribute(bind, "constraint"),
            "constraint_message": self._message(bind, "constraintMsg"),
            "required": _attribute(bind, "required"), "required_message": self._message(bind, "requiredMsg"),
            "appearance": element.get("appearance") or "",
            "max_pixels": int(bind.get(f"{ORX}max-pixels") or 0) if bind is not None else 0,
            "must_ask": authored.get("duban::must_ask").lower() in {"yes", "true", "1", "是"},
            "is_check": kind == "select_one" and {"yes", "no"} <= {one["name"] for one in choices} <= RESULTS,
            "measures": authored.get("duban::measure").replace(",", " ").replace("，", " ").split(),
            "rule_items": authored.get("duban::rule_item").replace(",", " ").replace("，", " ").split(),
            "finding_template": authored.get("duban::finding_template"),
            "category": authored.get("duban::category"),
        }  # fmt: skip

    def _choices(self, element: etree._Element) -> list[Node]:
        itemset = element.find(f"{XF}itemset")
        if itemset is None:
            return [self._choice(item) for item in element.findall(f"{XF}item")]
        nodeset = itemset.get("nodeset") or ""
        name = nodeset.split("instance('", 1)[-1].split("'", 1)[0]
        return self.lists.get(name, [])

    def _type(self, element: etree._Element, tag: str, bind: etree._Element | None) -> str:
        if tag in {"select", "select1", "trigger", "rank"}:
            return {"select": "select_multiple", "select1": "select_one", "trigger": "acknowledge"}.get(
                tag, "rank"
            )
        if tag == "upload":
            media = (element.get("mediatype") or "").split("/", 1)[0]
            return media if media in {"image", "audio", "video"} else "file"
        declared = (bind.get("type") if bind is not None else "") or "string"
        if declared == "string" and bind is not None and bind.get("readonly") == "true()":
            return "note"
        return TYPES.get(declared, "text")


def _attribute(bind: etree._Element | None, name: str) -> str:
    return " ".join((bind.get(name) or "").split()) if bind is not None else ""


def _words(element: etree._Element | None) -> str:
    """Return the text of a label; a value shown inside (output) becomes “……”."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for child in element:
        parts += ["……", child.tail or ""]
    return "".join(parts).strip()
