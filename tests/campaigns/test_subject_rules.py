"""Which rule item may be cited against whom (G-6)."""

import pytest

from duban.campaigns import subject_rules
from duban.campaigns.models import RuleItem
from duban.kernel.errors import Invalid


def item(subject_class: str = "duty_holder", **fields) -> RuleItem:
    return RuleItem(title="某条", subject_class=subject_class, **fields)


def test_duty_rule_may_stand_against_unit_and_post() -> None:
    for subject in ("organisation", "leading_body", "duty_holder", "public_official", "party_member"):
        assert subject_rules.check_rule_items([item()], subject) is None


@pytest.mark.parametrize(
    ("rule", "subject"),
    [
        ("organisation", "duty_holder"), ("party_member", "organisation"), ("public_official", "leading_body"),
        ("supervisor", "organisation"), ("duty_holder", "supervisor"),
    ],
)  # fmt: skip
def test_rule_for_another_subject_is_refused(rule: str, subject: str) -> None:
    with pytest.raises(Invalid) as refused:
        subject_rules.check_rule_items([item(rule)], subject)
    assert (refused.value.code, set(refused.value.fields)) == ("rule_item_subject", {"rule_items"})


def test_citizen_is_no_subject() -> None:
    with pytest.raises(Invalid) as refused:
        subject_rules.check_rule_items([], "citizen")
    assert refused.value.code == "subject_class"


def test_inactive_item_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        subject_rules.check_rule_items([item(is_active=False)], "duty_holder")
    assert refused.value.code == "rule_item_inactive"


def test_speech_rule_needs_citation_and_never_touches_a_unit() -> None:
    speech = item(needs_citation=True)
    with pytest.raises(Invalid) as refused:
        subject_rules.check_rule_items([speech], "duty_holder", citation=" ")
    assert (refused.value.code, set(refused.value.fields)) == ("citation_needed", {"citation"})
    with pytest.raises(Invalid):
        subject_rules.check_rule_items([speech], "organisation", citation="市公安局认定〔2020〕1号")
    subject_rules.check_rule_items([speech], "duty_holder", citation="市公安局认定〔2020〕1号")


def test_citable_offers_only_what_fits() -> None:
    rules = [item("organisation"), item("duty_holder"), item(needs_citation=True), item(is_active=False)]
    assert subject_rules.citable(rules, "organisation") == rules[:2]
    assert subject_rules.citable(rules, "duty_holder") == rules[1:3]
