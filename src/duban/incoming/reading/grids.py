"""Tables of a text: rows whose cells stand apart by tabs or blanks, cells that wrap put together again."""

import re
from dataclasses import dataclass, field

from duban.incoming.reading.traced import Line, Traced, joined

HEAD_WORDS = re.compile(
    r"^(?:序\s?号|姓\s?名|职\s?务|委?\s?领导|联系(?:监督)?(?:地区|片区|单位|领导|县区)?.{0,6}|.{0,4}配合部门|.{0,6}部门|.{0,6}单位|岗位|电话|备\s?注|时间|"
    r"地\s?区|片\s?区|内容|措施|事项|责任.{0,4}|牵头.{0,4}|完成.{0,4}|要求|数量|类别|项目|名称|组别|组\s?长|成\s?员|督导.{0,4})$"
)
PERSON_HEADS = re.compile(r"姓\s?名|^委?领导$|领导姓名|^负责人$|^联系人$")
AREA_HEADS = re.compile(r"联系|地\s?区|片\s?区|区域")
POST_HEADS = re.compile(r"职\s?务|岗位")
DEPARTMENT_HEADS = re.compile(r"部门|科室|配合|监督检查室")
AREA_END = re.compile(r"(?:区|县|市|镇|乡|街道|开发区|园区)$")
SENTENCE = re.compile(r"[。；！？]$")


@dataclass
class Grid:
    """A table: the first row gives the columns; `first` and `last` are the line numbers it takes up."""

    columns: list[str]
    rows: list[list[Traced]]
    first: int
    last: int
    title: str = ""
    head: list[Traced] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Return liaison for a table that gives leaders their areas and departments."""
        heads = " ".join(self.columns)
        who = PERSON_HEADS.search(heads) or POST_HEADS.search(heads)
        is_liaison = who and re.search(r"联系", heads) and DEPARTMENT_HEADS.search(heads)
        return "liaison" if is_liaison else "table"

    def column(self, pattern: re.Pattern[str]) -> int | None:
        """Return the number of the first column whose head fits."""
        return next((place for place, head in enumerate(self.columns) if pattern.search(head)), None)


def find_grids(lines: list[Line]) -> list[Grid]:
    """This function will return the tables of the lines in order."""
    grids, at = [], 0
    while at < len(lines):
        grid = _marked(lines, at) or _spaced(lines, at) or _single_spaced(lines, at)
        if grid:
            grids.append(_tidied(grid))
            at = grid.last + 1
        else:
            at += 1
    return grids


def _cells(line: Line) -> list[Traced]:
    return [cell for cell, _column in line.cells]


def _marked(lines: list[Line], at: int) -> Grid | None:
    """Rows that the file itself says are rows of a table."""
    end = at
    while end < len(lines) and lines[end].is_row:
        end += 1
    if end - at < 2:
        return None
    count = max(max(-column for _cell, column in lines[place].cells) + 1 for place in range(at, end))
    rows = []
    for place in range(at, end):
        row = [Traced("", ())] * count
        for cell, column in lines[place].cells:
            row[-column] = cell
        rows.append(row)
    return Grid([one.text for one in rows[0]], rows[1:], at, end - 1, head=rows[0])


def _spaced(lines: list[Line], at: int) -> Grid | None:
    """Rows divided by tabs or wide gaps; a row that begins further right goes on with the row above."""
    head = lines[at].cells
    if len(head) < 2 or any(len(cell) > 16 for cell, _column in head):
        return None
    if len(head) == 2 and not all(HEAD_WORDS.match(cell.text) for cell, _column in head):
        return None
    starts = [column for _cell, column in head]
    tabbed = starts[-1] < 0
    rows: list[list[Traced]] = []
    place = at + 1
    while place < len(lines):
        row = _row(lines, place, starts, tabbed, bool(rows))
        if row is None:
            break
        alone = bool(row[0]) and not any(row[1:])
        if (row[0] and not alone) or not rows:
            rows.append(row)
        else:
            rows[-1] = [_wrapped(old, new) for old, new in zip(rows[-1], row, strict=True)]
        place += 1
    full = sum(all(row) for row in rows)
    if not rows or full < max(1, len(rows) // 3):
        return None
    return Grid([cell.text for cell, _column in head], rows, at, place - 1, head=_cells(lines[at]))


def _row(
    lines: list[Line], place: int, starts: list[int], tabbed: bool, has_rows: bool
) -> list[Traced] | None:
    """Return the cells of one line by column, None where the table ends."""
    line, count = lines[place], len(starts)
    cells = line.cells
    if not cells:
        text = line.text
        if not has_rows or SENTENCE.search(text.text) or len(text) > 12:
            return None
        if line.indent >= 6 and not tabbed:
            cells = [(text, line.indent)]
        elif line.blank_before == 0 and place + 1 < len(lines) and len(lines[place + 1].cells) == count:
            return [text, *[Traced("", ())] * (count - 1)]
        else:
            return None
    if len(cells) > count or len(cells) == 1 and not has_rows:
        return None
    row = [Traced("", ())] * count
    if len(cells) == count:
        return _cells(line)
    for cell, column in cells:
        if tabbed and column <= 0:
            spot = min(-column, count - 1)
        else:
            spot = min(range(count), key=lambda one: abs(starts[one] - column))
        row[spot] = row[spot] + cell
    return row


def _wrapped(old: Traced, new: Traced) -> Traced:
    """Put the rest of a cell behind its beginning; two whole areas get a mark between them."""
    if not new:
        return old
    whole = AREA_END.search(old.text) and AREA_END.search(new.text) and len(new) > 1
    return joined([old, new], "、") if whole else old + new


def _single_spaced(lines: list[Line], at: int) -> Grid | None:
    """Rows whose cells stand one blank apart: only under a head of usual column words."""
    plain = lines[at].plain.split()
    if len(plain) < 3 or any(len(word) > 10 for word in plain) or sum(map(_is_head, plain)) < 2:
        return None
    head = _words(lines[at].text)
    rows: list[list[Traced]] = []
    place = at + 1
    while place < len(lines):
        text = lines[place].text
        words = _words(text)
        if SENTENCE.search(text.text) or len(text) > 80 or not words:
            break
        if len(words) >= len(head):
            rows.append(_fitted(words, [word.text for word in head]))
        elif rows and len(words) < len(head) and len(text) <= 24 and _continues(lines, place, len(head)):
            rows[-1] = _hung_on(rows[-1], words, [word.text for word in head])
        else:
            break
        place += 1
    if not rows:
        return None
    return Grid([word.text for word in head], rows, at, place - 1, head=head)


def _is_head(word: str) -> bool:
    return bool(HEAD_WORDS.match(word))


def _continues(lines: list[Line], place: int, count: int) -> bool:
    """Test whether the table goes on below, or this is a wrapped cell right under the last row."""
    following = _words(lines[place + 1].text) if place + 1 < len(lines) else []
    return len(following) >= count or lines[place].indent >= 4


def _words(text: Traced) -> list[Traced]:
    return [text[match.start() : match.end()] for match in re.finditer(r"\S+", text.text)]


def _fitted(words: list[Traced], heads: list[str]) -> list[Traced]:
    """Bring more words than columns into the columns: posts are written with blanks inside, the rest is not."""
    extra = len(words) - len(heads)
    if extra <= 0:
        return words
    wide = next((place for place, head in enumerate(heads) if POST_HEADS.search(head)), len(heads) - 1)
    middle = joined(words[wide : wide + extra + 1], " ")
    return [*words[:wide], middle, *words[wide + extra + 1 :]]


def _hung_on(row: list[Traced], words: list[Traced], heads: list[str]) -> list[Traced]:
    """Hang words of a wrapped line on the cells they fit: areas to areas, the others to the last column."""
    areas = next((place for place, head in enumerate(heads) if AREA_HEADS.search(head)), None)
    for word in words:
        fits = areas is not None and (AREA_END.search(word.text) or row[areas].text.endswith("、"))
        spot = areas if fits and areas is not None else len(heads) - 1
        row[spot] = _wrapped(row[spot], word)
    return row


def _tidied(grid: Grid) -> Grid:
    """Give rows without a first cell, under a cell that spans them, that cell's words; drop empty rows."""
    grid.columns = [re.sub(r"\s", "", head) for head in grid.columns]
    kept: list[list[Traced]] = []
    for row in grid.rows:
        if not any(row):
            continue
        if not row[0] and kept:
            kept[-1] = [_wrapped(old, new) for old, new in zip(kept[-1], row, strict=True)]
        else:
            kept.append(row)
    grid.rows = kept
    return grid
