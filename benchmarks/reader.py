"""Reading official texts: 100 kB of the worst shapes in CPU seconds, and four times as long a text in about four times.

python benchmarks/reader.py [--kilobytes 100]
"""

import argparse
import json
import os
import sys
import time
from contextlib import suppress

LIMIT_SECONDS = 2.0
LIMIT_GROWTH = 6.0  # for four times the length; a square would be sixteen
BIG = 4  # times as long

# Each is repeated to the size: shapes on which a pattern may try again and again.
SHAPES = {
    "running text": "各乡镇人民政府要落实值守责任，每天下午4点前报送情况，逐项整改，严禁弄虚作假。\n",
    "one line": "一要压实责任二要查清问题三要整改到位",
    "brackets": "（（（《《《〔〔〔",
    "brackets both ways": "（一）（（二）））〕》",
    "pinyin": "監(jiān)督(dū)檢(jiǎn)查(chá)",
    "hard wrapped": "各单位要做好\n值守工作并及时\n",
    "double spaced": "严 查 责 任 落 实 不 到 位 的 问 题 ，  ",
    "digits": "2020年2月16日督导21轮15批次43人次120余家",
    "announced sets": "九个不准：不准迟到；不准早退；不准脱岗；\n",
    "enumerations": "一是查，二是改，三是核，四是报；",
    "tabs": "姓名\t职务\t联系区域\n某某\t副市长\t甲镇、乙镇\n",
    "spaces": "　　 　\t  \n",
    "markdown": "**加粗***斜体*__下划线__~~删除~~`代码`",
    "links": "[原文链接](http://a.example/b)![图](c)",
    "markup": "<p><b><div><table><tr><td>正文",
    "letters": "a" * 60,
    "bodies": "市纪委监委办公室委员会人民政府局",
    "numbers of documents": "示督发〔2020〕第1号",
}


def cpu_seconds(content: bytes, name: str) -> float:
    """Return the CPU time of one reading."""
    from duban.incoming.reading import read_document
    from duban.kernel.errors import DubanError

    start = time.process_time()
    with suppress(DubanError):
        read_document(content, name)
    return time.process_time() - start


def least(content: bytes, name: str) -> float:
    """Return the least of three readings: what else the machine does comes on top."""
    return min(cpu_seconds(content, name) for _again in range(3))


def sized(shape: str, size: int) -> bytes:
    """Return the shape repeated to `size` bytes of whole characters."""
    once = shape.encode()
    return (once * (size // len(once) + 1))[:size].decode("utf-8", "ignore").encode()


def main() -> int:
    """This function will print one line per shape; status 1 if one is slow or grows faster than its length."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kilobytes", type=int, default=100)
    size = options.parse_args().kilobytes * 1000
    os.environ.setdefault("DUBAN_SECRET_KEY", "benchmark")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    import django

    django.setup()
    cpu_seconds(sized(SHAPES["running text"], 2000), "warm.txt")
    missed = False
    for name, shape in SHAPES.items():
        for suffix in ("html",) if name == "markup" else ("txt", "html"):
            whole, longer = (least(sized(shape, part), f"a.{suffix}") for part in (size, size * BIG))
            growth = longer / max(whole, 0.02)
            is_slow = whole > LIMIT_SECONDS or growth > LIMIT_GROWTH
            missed |= is_slow
            line = {"shape": name, "file": suffix, "bytes": size, "cpu_seconds": round(whole, 2),
                    "growth": round(growth, 1), "missed": is_slow}  # fmt: skip
            print(json.dumps(line, ensure_ascii=False), flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
