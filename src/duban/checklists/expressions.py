"""XPath as our checklists use it: reading an expression into a tree, its syntax check, and evaluating a safe part.

The server evaluates only what it understands (comparison, and/or, selected(), counting, arithmetic); anything else
raises `Unknown` and the caller leaves the question to the person. It never evaluates XPath with lxml.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

MAX_LENGTH = 4000
MAX_DEPTH = 60
NAMESPACES = {
    "jr": "http://openrosa.org/javarosa", "orx": "http://openrosa.org/xforms",
    "odk": "http://www.opendatakit.org/xforms",
}  # fmt: skip
# Functions of the ODK XForms specification; an unknown one fails on the phone, so it is refused here.
FUNCTIONS = frozenset([
    "position", "last", "count", "id", "local-name", "namespace-uri", "name", "string", "concat",
    "starts-with", "contains", "substring-before", "substring-after", "substring", "string-length",
    "normalize-space", "translate", "boolean", "not", "true", "false", "lang", "number", "sum", "floor",
    "ceiling", "round", "if", "coalesce", "once", "regex", "selected", "selected-at", "count-selected",
    "jr:choice-name", "jr:itext", "indexed-repeat", "today", "now", "format-date", "format-date-time",
    "date", "date-time", "decimal-date-time", "decimal-time", "int", "abs", "min", "max", "pow", "log",
    "log10", "exp", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "pi", "join", "random",
    "randomize", "uuid", "digest", "checklist", "weighted-checklist", "count-non-empty",
    "boolean-from-string", "property", "instance", "current", "pulldata", "area", "distance",
    "enclose-area", "version", "base64-decode", "text", "node", "comment", "substr", "ends-with",
    "exp10", "depend", "hash", "thousands-sep",
])  # fmt: skip
_CALL = re.compile(r"([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)\s*\(")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_TOKEN = re.compile(r"""
    \s*(?:
      (?P<text>'[^']*'|"[^"]*")
    | (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<path>(?:\.\./|/|\./)?[A-Za-z_][\w\-]*(?:/[A-Za-z_.][\w\-]*)*(?::[A-Za-z_][\w\-]*)?|\.\.?)
    | (?P<mark><=|>=|!=|=|<|>|\+|-|\*|\(|\)|,)
    )""", re.VERBOSE)  # fmt: skip


class Unknown(Exception):
    """The expression uses something the server does not evaluate."""


def syntax_problem(expression: str) -> str:
    """This function will return what is wrong with the syntax (a short word), or "" if it may be published."""
    if len(expression) > MAX_LENGTH:
        return "length"
    try:
        etree.XPath(expression, namespaces=NAMESPACES)
    except etree.XPathError:
        return "syntax"
    bare = _LITERAL.sub("''", expression)
    for call in _CALL.finditer(bare):
        if call.group(1) not in FUNCTIONS and call.group(1) not in {"and", "or", "div", "mod"}:
            return f"function {call.group(1)}"
    return ""


def references(expression: str) -> set[str]:
    """This function will return the question paths an expression reads (/data/…)."""
    return set(re.findall(r"/data(?:/[A-Za-z_][\w.\-]*)+", _LITERAL.sub("''", expression)))


@dataclass(frozen=True)
class Token:
    kind: str
    text: str


def _tokens(expression: str) -> Iterator[Token]:
    place, end = 0, len(expression.rstrip())
    while place < end:
        found = _TOKEN.match(expression, place)
        if not found:
            raise Unknown(expression[place : place + 12])
        kind = str(found.lastgroup)
        yield Token(kind, found.group(kind))
        place = found.end()


@lru_cache(maxsize=2048)
def _read(expression: str) -> tuple[Token, ...]:
    """Return the tokens; a published checklist asks the same few conditions at every visit."""
    return tuple(_tokens(expression))


Resolve = Callable[[str], Any]


class _Reader:
    """Recursive descent over the tokens; evaluates while reading."""

    def __init__(self, expression: str, resolve: Resolve, own: Any) -> None:
        if len(expression) > MAX_LENGTH:
            raise Unknown("length")
        self.tokens = _read(expression)
        self.place = 0
        self.depth = 0
        self.resolve = resolve
        self.own = own

    def peek(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, *texts: str) -> str:
        token = self.peek()
        if token and token.kind != "text" and token.text in texts:
            self.place += 1
            return token.text
        return ""

    def whole(self) -> Any:
        value = self.either()
        if self.peek():
            raise Unknown("rest")
        return value

    def either(self) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unknown("depth")
        value = self.both()
        while self.take("or"):
            other = self.both()
            value = truth(value) or truth(other)
        self.depth -= 1
        return value

    def both(self) -> Any:
        value = self.comparison()
        while self.take("and"):
            other = self.comparison()
            value = truth(value) and truth(other)
        return value

    def comparison(self) -> Any:
        value = self.total()
        while mark := self.take("=", "!=", "<=", ">=", "<", ">"):
            value = _compare(value, mark, self.total())
        return value

    def total(self) -> Any:
        value = self.product()
        while mark := self.take("+", "-"):
            other = number(self.product())
            value = number(value) + other if mark == "+" else number(value) - other
        return value

    def product(self) -> Any:
        value = self.single()
        while mark := self.take("*", "div", "mod"):
            left, right = number(value), number(self.single())
            if mark != "*" and right == 0:
                raise Unknown("zero")
            value = left * right if mark == "*" else left / right if mark == "div" else left % right
        return value

    def single(self) -> Any:
        if self.take("-"):
            return -number(self.single())
        if self.take("("):
            value = self.either()
            self.expect(")")
            return value
        token = self.peek()
        if token is None:
            raise Unknown("end")
        self.place += 1
        if token.kind == "text":
            return token.text[1:-1]
        if token.kind == "number":
            return float(token.text)
        if token.kind != "path":
            raise Unknown(token.text)
        if self.take("("):
            return self.call(token.text)
        return self.own if token.text == "." else self.resolve(token.text.rsplit("/", 1)[-1])

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise Unknown(mark)

    def call(self, name: str) -> Any:
        values: list[Any] = []
        if not self.take(")"):
            values.append(self.either())
            while self.take(","):
                values.append(self.either())
            self.expect(")")
        function = CALLS.get(name)
        if function is None:
            raise Unknown(name)
        try:
            return function(*values)
        except TypeError:
            raise Unknown(name) from None


def _words(value: Any) -> list[str]:
    return value if isinstance(value, list) else text_of(value).split()


def text_of(value: Any) -> str:
    """This function will return a value as XPath text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return " ".join(value) if isinstance(value, list) else str(value or "")


def number(value: Any) -> float:
    """This function will return a value as a number; empty or wordy text has none (NaN)."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, float):
        return value
    try:
        return float(text_of(value))
    except ValueError:
        return float("nan")


def truth(value: Any) -> bool:
    """Test whether a value counts as true."""
    if isinstance(value, float):
        return value == value and value != 0
    return bool(value)


def _compare(left: Any, mark: str, right: Any) -> bool:
    if mark in {"=", "!="}:
        if isinstance(left, bool) or isinstance(right, bool):
            equal = truth(left) == truth(right)
        elif isinstance(left, float) or isinstance(right, float):
            equal = number(left) == number(right)
        else:
            equal = text_of(left) == text_of(right)
        return equal if mark == "=" else not equal
    one, two = number(left), number(right)
    return {"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[mark]


CALLS: dict[str, Callable[..., Any]] = {
    "true": lambda: True,
    "false": lambda: False,
    "not": lambda value: not truth(value),
    "boolean": truth,
    "string": text_of,
    "number": number,
    "int": lambda value: float(int(number(value))) if number(value) == number(value) else number(value),
    "selected": lambda value, word: text_of(word) in _words(value),
    "count-selected": lambda value: float(len(_words(value))),
    "string-length": lambda value: float(len(text_of(value))),
    "concat": lambda *values: "".join(text_of(value) for value in values),
    "contains": lambda value, part: text_of(part) in text_of(value),
    "starts-with": lambda value, part: text_of(value).startswith(text_of(part)),
    "coalesce": lambda first, second: first if text_of(first) else second,
    "if": lambda condition, first, second: first if truth(condition) else second,
}


def evaluate(expression: str, resolve: Resolve, own: Any = "") -> Any:
    """This function will evaluate `expression`; `resolve(name)` gives the answer of a question, `own` is “.”.

    :raises Unknown: if it uses anything the server does not evaluate.
    """
    return _Reader(expression, resolve, own).whole()


def holds(expression: str, resolve: Resolve, own: Any = "") -> bool | None:
    """This function will return whether a condition holds, or None if the server cannot tell."""
    try:
        return truth(evaluate(expression, resolve, own))
    except (Unknown, OverflowError, RecursionError):
        return None
