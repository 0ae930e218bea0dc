"""Forms of accountability from light to heavy: what “heavier” means (G-21). Pure."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from duban.accountability.states import MEASURES, Measure
from duban.kernel.errors import Invalid


def chosen(subject_kind: str, codes: Iterable[str], field: str = "measures") -> list[str]:
    """This function will return the measures in order, each once; none means no accountability.

    :raises Invalid: for a form that does not fit the kind of subject.
    """
    ladder = MEASURES[subject_kind]  # type: ignore[index]
    wanted = set(codes)
    if not wanted <= set(ladder):
        raise Invalid("measure_unfit", fields={field: _("所选方式不适用于这类对象。")})
    return [measure.value for measure in ladder if measure in wanted]


def weights(subject_kind: str, codes: Sequence[str]) -> list[int]:
    """This function will return the places of the measures on the ladder, heaviest first."""
    ladder = MEASURES[subject_kind]  # type: ignore[index]
    return sorted((ladder.index(Measure(code)) for code in codes), reverse=True)


def is_heavier(subject_kind: str, codes: Sequence[str], than: Sequence[str]) -> bool:
    """Test whether `codes` weigh more than `than`: by the heaviest form, then the next, then the number."""
    return weights(subject_kind, codes) > weights(subject_kind, than)


def labels(codes: Iterable[str]) -> str:
    """This function will write measures in words; none is a result, too."""
    return "、".join(str(Measure(code).label) for code in codes) or _("不予问责")
