import importlib
import pkgutil
from datetime import timedelta

import activities
from activities.policies import POLICIES


def steps() -> dict[str, object]:
    found: dict[str, object] = {}
    for module in pkgutil.iter_modules(activities.__path__):
        for cls in vars(importlib.import_module(f"activities.{module.name}")).values():
            if isinstance(cls, type) and cls.__module__.startswith("activities"):
                members = [member for member in vars(cls).values() if hasattr(member, "policy")]
                found |= {member.__temporal_activity_definition.name: member.policy for member in members}
    return found


def test_every_step_has_one_row_and_every_row_a_step() -> None:
    assert steps() == POLICIES


def test_no_step_gives_up_by_counting_but_the_one_that_an_operator_waits_for() -> None:
    assert {name for name, policy in POLICIES.items() if policy.retry.maximum_attempts} == {"reread"}


def test_every_step_ends_in_time_and_says_what_it_does() -> None:
    for name, policy in POLICIES.items():
        assert timedelta(0) < policy.start_to_close <= timedelta(minutes=15), name
        assert policy.summary, name
        assert policy.heartbeat or policy.start_to_close <= timedelta(minutes=5), name
