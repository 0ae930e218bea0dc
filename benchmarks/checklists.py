"""An XLSForm checklist read, converted and checked: 100 and 500 questions, without and with ODK Validate.

    python benchmarks/checklists.py [--runs 7]

The workbook has the shapes of the packs: groups, select_one with a fact asked for when something is not met, numbers,
dates, constraints, two languages. `examine` is what an upload does; ODK Validate runs when a version is published.
"""

import argparse
import io
import json
import os
import statistics
import sys
import time

LIMIT_MS = {100: 200.0}
HEAD = ("type", "name", "label::中文 (zh)", "label::English (en)", "required", "relevant", "constraint")


def workbook(questions: int) -> bytes:
    """Return a workbook with so many questions."""
    import xlsxwriter

    rows: list[tuple[str, ...]] = []
    for number in range(questions // 4):
        if number % 5 == 0:
            rows.append(
                (
                    "begin_group",
                    f"g{number}",
                    f"第{number // 5 + 1}部分",
                    f"Part {number // 5 + 1}",
                    "",
                    "",
                    "",
                )
            )
        name = f"q{number}"
        rows += [
            ("select_one result", name, f"第{number}项落实", f"Item {number} is met", "yes", "", ""),
            ("text", f"{name}_fact", "事实", "Fact", "yes", f"${{{name}}} = 'no'", "string-length(.) >= 8"),
            ("integer", f"{name}_count", "人数", "People", "", "", ". >= 0 and . <= 999"),
            ("date", f"{name}_since", "起始日", "Since", "", "", ""),
        ]
        if number % 5 == 4 or number == questions // 4 - 1:
            rows.append(("end_group", "", "", "", "", "", ""))
    choices = [
        ("result", "yes", "符合", "Met"),
        ("result", "no", "不符合", "Not met"),
        ("result", "na", "不适用", "N/A"),
    ]
    sheets = {
        "survey": [HEAD, *rows],
        "choices": [("list_name", "name", "label::中文 (zh)", "label::English (en)"), *choices],
        "settings": [("form_title", "form_id", "version"), ("测速清单", "speed", "1")],
    }
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for title, table in sheets.items():
        sheet = book.add_worksheet(title)
        for line, row in enumerate(table):
            for column, text in enumerate(row):
                if text:
                    sheet.write_string(line, column, text)
    book.close()
    return stream.getvalue()


def main() -> int:
    """Measure, print one JSON line per size, return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    os.environ.setdefault("DUBAN_SECRET_KEY", "only-for-measuring")
    import django

    django.setup()
    from duban.checklists import validation, xlsform

    missed = False
    for questions in (100, 500):
        content = workbook(questions)
        spent = []
        for _run in range(runs + 1):  # the first one loads pyxform
            start = time.perf_counter()
            draft = xlsform.examine(content, "speed.xlsx")
            spent.append((time.perf_counter() - start) * 1000)
        start = time.perf_counter()
        checker = validation.validate(draft.xform)
        median = statistics.median(spent[1:])
        row = {
            "questions": questions, "first_ms": round(spent[0], 1), "median_ms": round(median, 1),
            "worst_ms": round(max(spent[1:]), 1), "checker": checker,
            "checker_ms": round((time.perf_counter() - start) * 1000, 1), "limit_ms": LIMIT_MS.get(questions),
            "load": round(os.getloadavg()[0], 2),
        }  # fmt: skip
        print(json.dumps(row, ensure_ascii=False))
        missed |= median > LIMIT_MS.get(questions, float("inf"))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
