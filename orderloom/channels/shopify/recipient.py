"""Who a Shopify order goes to, split into what a rule may know and what only a label may read.

The shipping address alone counts: a billing or default address is where the buyer lives, not where the goods go.
"""

from orderloom.channels.shopify.payload import Address, OrderPayload
from orderloom.channels.wire import POSTAL_PREFIX_LENGTH, known
from orderloom.domain.orders import Destination, PersonalData

_GIFT_MESSAGE_NAMES = frozenset({"giftmessage", "giftnote"})
"""Shopify has no field for it; themes and gift apps write a note attribute of such a name."""


def destination_of(payload: OrderPayload) -> Destination:
    address = payload.shipping_address or Address()
    return Destination(
        country=known(address.country_code),
        region=known(address.province_code or address.province),
        postal_prefix=known((address.zip or "")[:POSTAL_PREFIX_LENGTH].strip()),
    )


def personal_data_of(payload: OrderPayload) -> PersonalData:
    address, customer = payload.shipping_address or Address(), payload.customer
    return PersonalData(
        name=address.name or " ".join(filter(None, (address.first_name, address.last_name))),
        company=address.company or "",
        address_lines=tuple(filter(None, (address.address1, address.address2))),
        city=address.city or "",
        region=address.province_code or address.province or "",
        postal_code=address.zip or "",
        country=address.country_code or address.country or "",
        phone=address.phone or payload.phone or (customer and customer.phone) or "",
        email=payload.email or payload.contact_email or (customer and customer.email) or "",
        gift_message=gift_message_of(payload),
        note=payload.note or "",
    )


def gift_message_of(payload: OrderPayload) -> str:
    for attribute in payload.note_attributes:
        name = "".join(filter(str.isalnum, str(attribute.name))).lower()
        if name in _GIFT_MESSAGE_NAMES and isinstance(attribute.value, str):
            return attribute.value.replace("\x00", "").strip()
    return ""
