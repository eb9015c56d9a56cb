"""Carriers that Amazon follows a tracking number of, by the code that confirmShipment takes."""

_CODES = {
    "".join(filter(str.isalnum, code)).lower(): code
    for code in ("USPS", "UPS", "FedEx", "DHL", "OnTrac", "Canada Post", "Royal Mail", "DPD", "GLS", "Japan Post")
}


def known_carrier(name: str) -> str | None:
    """The code for a carrier as a node writes it, whatever its case and punctuation; None: Amazon is told `Other`."""
    return _CODES.get("".join(filter(str.isalnum, name)).lower())
