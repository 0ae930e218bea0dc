"""Every write on campaigns, by subject: packs, setting up, directives, ending."""

from duban.campaigns.operations.directives import (
    end_measure,
    register_directive,
    register_pack_directives,
    repeal_directive,
)  # fmt: skip
from duban.campaigns.operations.ending import close_campaign, erase_campaign, reopen_campaign
from duban.campaigns.operations.installing import install_pack
from duban.campaigns.operations.local_sets import add_focus_set, add_rule_set
from duban.campaigns.operations.setting_up import (
    add_period,
    adopt_rule_set,
    change_campaign,
    change_focus_set,
    create_campaign,
    end_period,
    set_scope_units,
    start_campaign,
)  # fmt: skip

__all__ = [
    "add_focus_set", "add_period", "add_rule_set", "adopt_rule_set", "change_campaign", "change_focus_set",
    "close_campaign", "create_campaign", "end_measure", "end_period", "erase_campaign", "install_pack", "register_directive",
    "register_pack_directives", "reopen_campaign", "repeal_directive", "set_scope_units", "start_campaign",
]  # fmt: skip
