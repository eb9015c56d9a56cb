"""The errors of orderloom: facts that carry their data.

OrderloomError
|-- OutsideError             another system did not do what was asked (says which system)
|   |-- Throttled            it asks us to wait; nothing was done
|   |-- Unavailable          it could not be reached or failed before doing anything; asking again is safe
|   |-- OutcomeUnknown       the answer was lost after sending; ask what happened, never just send again
|   |-- AccessDenied         it does not accept our credentials
|   |   |-- ScopeMissing     they are good, and what one call needs was not granted
|   |   `-- AccountPaused    the app was uninstalled there: nothing is called until it is connected again
|   `-- Rejected             it understood and said no; asking again changes nothing
|-- UnreadableEvent          a genuine event whose body we cannot read
|-- WrongSignature           an event that is not genuine
|-- StockUnreadable          a node's answer that cannot be all of its stock
|-- OrderUnknown             no such order here
|-- OrderClosed              the order's story has ended
|-- StockMoved               stock was taken between deciding and allocating; decide again
|-- RuleInvalid              a routing rule whose condition does not compile
|-- ConfigInvalid            a configuration file that is refused whole
`-- InputInvalid             a file or argument of a person that cannot be used, by line and field
"""


class OrderloomError(Exception):
    """The root of every error that orderloom raises on purpose."""


class OutsideError(OrderloomError):
    """Another system did not do what was asked; `system` names it. The text never carries personal data."""

    def __init__(self, system: str, detail: str) -> None:
        super().__init__(f"{system}: {detail}")
        self.system = system
        self.detail = detail


class Throttled(OutsideError):
    def __init__(self, system: str, wait_seconds: float, detail: str = "asks us to slow down") -> None:
        super().__init__(system, f"{detail} (wait {wait_seconds:.1f} s)")
        self.wait_seconds = wait_seconds


class Unavailable(OutsideError):
    """Nothing was done."""


class OutcomeUnknown(OutsideError):
    """It may or may not have been done."""


class AccessDenied(OutsideError):
    """Our credentials are wrong, expired or lack a scope."""


class ScopeMissing(AccessDenied):
    """Our credentials are good, and the merchant has not granted what this one call needs."""


class AccountPaused(AccessDenied):
    """The shop has uninstalled the app, so no call was made."""


class Rejected(OutsideError):
    def __init__(self, system: str, code: str, detail: str) -> None:
        super().__init__(system, f"{code}: {detail}")
        self.code = code


class UnreadableEvent(OrderloomError):
    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class WrongSignature(OrderloomError):
    """Nobody who knows the secret sent this."""


class StockUnreadable(OrderloomError):
    def __init__(self, node: str, why: str) -> None:
        super().__init__(f"node:{node}: its stock cannot be used: {why}")
        self.node = node
        self.why = why


class OrderUnknown(OrderloomError):
    def __init__(self, key: object) -> None:
        super().__init__(f"no order {key} here; `orderloom orders list` shows the keys")
        self.key = key


class OrderClosed(OrderloomError):
    def __init__(self, key: object, status: str) -> None:
        super().__init__(f"order {key} is already {status}")
        self.key = key
        self.status = status


class StockMoved(OrderloomError):
    def __init__(self, sku: str, node: str) -> None:
        super().__init__(f"{sku} at {node} was taken while the order was being decided")
        self.sku = sku
        self.node = node


class RuleInvalid(OrderloomError):
    """`column` counts from 1 within the condition."""

    def __init__(self, rule: str, column: int | None, why: str, condition: str) -> None:
        place = f" at column {column}" if column else ""
        super().__init__(f"rule {rule!r}{place}: {why}: {condition}")
        self.rule, self.column, self.why, self.condition = rule, column, why, condition


class ConfigInvalid(OrderloomError):
    """`column` counts from 1 within the line."""

    def __init__(self, file: str, line: int | None, field: str, why: str, column: int | None = None) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {field}: {why}")
        self.file, self.line, self.field, self.why, self.column = file, line, field, why, column


class InputInvalid(OrderloomError):
    def __init__(self, source: str, line: int | None, field: str, why: str) -> None:
        place = f"{source}:{line}" if line else source
        super().__init__(f"{place}: {field}: {why}")
        self.source, self.line, self.field, self.why = source, line, field, why
