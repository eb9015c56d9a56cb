"""Who an Amazon order goes to, split into what a rule may know and what only a label may read."""

from orderloom.channels.amazon.payload import Address, ExtendedFields, OrderDocument
from orderloom.channels.wire import POSTAL_PREFIX_LENGTH, known
from orderloom.domain.orders import Destination, PersonalData


def destination_of(document: OrderDocument) -> Destination:
    address = _address(document)
    return Destination(
        country=known(address.country_code),
        region=known(address.state_or_region),
        postal_prefix=known((address.postal_code or "")[:POSTAL_PREFIX_LENGTH].strip()),
    )


def personal_data_of(document: OrderDocument) -> PersonalData:
    address, buyer = _address(document), document.buyer
    return PersonalData(
        name=address.name or (buyer and buyer.buyer_name) or "",
        company=address.company_name or (buyer and buyer.buyer_company_name) or "",
        address_lines=_address_lines(address),
        city=address.city or address.municipality or "",
        district=address.district_or_county or "",
        region=address.state_or_region or "",
        postal_code=address.postal_code or "",
        country=address.country_code or "",
        phone=address.phone or "",
        email=(buyer and buyer.buyer_email) or "",
        gift_message="\n".join(_gift_messages(document)),
        note="\n".join(_delivery_notes(document)),
    )


def _address(document: OrderDocument) -> Address:
    recipient = document.recipient
    return recipient.delivery_address if recipient and recipient.delivery_address else Address()


def _address_lines(address: Address) -> tuple[str, ...]:
    lines = filter(None, (address.address_line1, address.address_line2, address.address_line3))
    return tuple(lines) or _extended_lines(address.extended_fields)


def _extended_lines(fields: ExtendedFields | None) -> tuple[str, ...]:
    if fields is None:
        return ()
    street = " ".join(filter(None, (fields.street_name, fields.street_number)))
    return tuple(filter(None, (street, fields.complement, fields.neighborhood)))


def _gift_messages(document: OrderDocument) -> tuple[str, ...]:
    """Each once: a gift of several items carries the same message on all of them."""
    packings = (item.fulfillment.packing for item in document.order_items if item.fulfillment)
    gifts = (packing.gift_option for packing in packings if packing and packing.gift_option)
    return tuple(dict.fromkeys(gift.gift_message for gift in gifts if gift.gift_message))


def _delivery_notes(document: OrderDocument) -> tuple[str, ...]:
    wish = document.recipient.delivery_preference if document.recipient else None
    return tuple(filter(None, (wish.drop_off_location, wish.address_instruction))) if wish else ()
