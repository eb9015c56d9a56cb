"""The same box under another name.

An API that names its boxes by their tracking numbers alone gives a box that is relabelled another name. Taken for a
further box, it would be told to the channel as a second package.
"""

from collections import Counter
from collections.abc import Sequence

from orderloom.domain.shipments import NodeShipment, Package


def renamed_back(answer: NodeShipment, left: Sequence[Package]) -> NodeShipment:
    """A node's whole answer, with each box under the name that it left with.

    A box that left before, is missing in the answer and holds the same as one that is new there is that one.
    """
    names = _earlier_names(answer.packages, left)
    lines = {package.package_id: package.lines for package in left}
    packages = []
    for package in answer.packages:
        before = names.get(package.package_id)
        earlier = {"package_id": before, "lines": lines[before]} if before else {}
        packages.append(package.model_copy(update=earlier))
    arrivals = [
        arrival.model_copy(update={"package_id": names.get(arrival.package_id, arrival.package_id)})
        for arrival in answer.arrivals
    ]
    return answer.model_copy(update={"packages": tuple(packages), "arrivals": tuple(arrivals)})


def alone_holding(units: Counter[str], left: Sequence[Package]) -> Package | None:
    """The box that left with just these units of each SKU; None where none did, or several."""
    found = [package for package in left if units_of(package) == units]
    return found[0] if len(found) == 1 else None


def units_of(package: Package) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in package.lines:
        units[line.sku] += line.quantity
    return units


def _earlier_names(told: Sequence[Package], left: Sequence[Package]) -> dict[str, str]:
    """By the name that a box has now the one that it left with, where they differ."""
    now = {package.package_id for package in told}
    missing = [package for package in left if package.package_id not in now]
    known = {package.package_id for package in left}
    names: dict[str, str] = {}
    for new in (package for package in told if package.package_id not in known):
        same = [old for old in missing if units_of(old) == units_of(new)]
        # One that was renamed before has the label of this name already.
        before = next((old for old in same if old.tracking_number == new.tracking_number), next(iter(same), None))
        if before:
            missing.remove(before)
            names[new.package_id] = before.package_id
    return names
