"""`orderloom dev`: the whole stack as child processes of one command, for development, demo and end-to-end tests."""

from starter.stack.endpoints import AccountEndpoint, Endpoints
from starter.stack.processes import StackFailed
from starter.stack.stack import Stack

__all__ = ["AccountEndpoint", "Endpoints", "Stack", "StackFailed"]
