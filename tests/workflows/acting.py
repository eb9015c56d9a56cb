"""Joins the actions of the test kitchen to a service that a test speaks for."""

from types import SimpleNamespace

from orderloom.fulfillment import HttpAction
from tests.fulfillment.services import Service
from tests.workflows.merchant import CONFIG
from tests.workflows.world import World


def connect(world: World, service: Service) -> None:
    actions = {name: HttpAction(name, settings, service.url, "") for name, settings in CONFIG.actions.items()}
    world.actions = SimpleNamespace(**actions)
