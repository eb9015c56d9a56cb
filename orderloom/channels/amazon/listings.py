"""Reading listings: searchListingsItems (5 a second, burst 5) and getListingsItem (5 a second, burst 10).

Both are asked about one marketplace at a time, since `fulfillmentAvailability` does not say which one it is of. Amazon
keeps one merchant's quantity of a seller SKU for all marketplaces of a region (selling-partner-api-docs#3167), so a
seller SKU is one listing: the account's first marketplace that lists it speaks for it, and is where it is read and
written.

A listing's `reference` is its product type, with `@` and the marketplace where that is not the account's first one. The
product type is left out where Amazon fulfils the listing, so that there is nothing to write to it with.
"""

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from sp_api.api import ListingsItemsV20210801

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.listing_payload import Availability, ListingItem, SearchAnswer
from orderloom.channels.amazon.sweep import as_iso
from orderloom.channels.wire import read_body
from orderloom.domain.errors import Rejected, Unavailable, UnreadableEvent
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey, Offer, OfferPage
from orderloom.domain.merchant import AmazonAccount

AT_ONCE = 20
"""Amazon's limit for a page, and for the SKUs that one search may name."""
PAGED_THROUGH = 1000
"""How far Amazon lets a search be paged; the rest is found by another search from where it ended."""
CALLS_AT_ONCE = 4
"""Of the burst of 5; each call beyond them waits until Amazon has given one back."""
_A_CALL_COMES_BACK_SECONDS = 0.2
MERCHANT = "DEFAULT"
OFFER_ONLY = "PRODUCT"
"""The product type of a listing for which Amazon names none: it only offers a product of somebody else's."""
_INCLUDED_DATA = "summaries,fulfillmentAvailability"
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class _Bookmark:
    """Where reading goes on: which marketplace, from which time of creation, and Amazon's own token within that."""

    marketplace: str
    created_after: str | None = None
    page: str | None = None

    def __str__(self) -> str:
        return json.dumps([self.marketplace, self.created_after, self.page])


def offers(partner: SellingPartner, account: AmazonAccount, page_token: str | None) -> OfferPage:
    """One search, in order of creation: by default Amazon sorts by the last change, which our own writes shuffle.

    SKUs that an earlier marketplace lists are left out, which takes one more call for each of those marketplaces.
    """
    mark = _Bookmark(*json.loads(page_token)) if page_token else _Bookmark(account.marketplaces[0])
    query = {"sortBy": "createdDate", "sortOrder": "ASC", "pageSize": AT_ONCE}
    place = {"createdAfter": mark.created_after, "pageToken": mark.page}
    asked_at = datetime.now(UTC)
    answer = _search(partner, account, mark.marketplace, query | {name: at for name, at in place.items() if at})
    following = _following(partner.system, account, mark, answer)
    spoken_for = _listed_before(partner, account, mark.marketplace, [item.sku for item in answer.items])
    own = [item for item in answer.items if item.sku not in spoken_for]
    return OfferPage(
        offers=tuple(_offer(account, item, mark.marketplace, asked_at) for item in own),
        next_token=str(following) if following else None,
    )


def _listed_before(partner: SellingPartner, account: AmazonAccount, marketplace: str, skus: list[str]) -> set[str]:
    """Those of the SKUs that a marketplace before this one lists."""
    found: set[str] = set()
    for number, earlier in enumerate(account.marketplaces[: account.marketplaces.index(marketplace)]):
        left = [sku for sku in skus if sku not in found]
        if not left:
            break
        _spare_the_burst(number + 1)
        found |= {item.sku for item in _items(partner, account, earlier, left)}
    return found


def _spare_the_burst(calls: int) -> None:
    if calls >= CALLS_AT_ONCE:
        time.sleep(_A_CALL_COMES_BACK_SECONDS)


def read(partner: SellingPartner, account: AmazonAccount, wanted: Sequence[Offer]) -> tuple[Offer, ...]:
    """One call for a marketplace's SKUs; a SKU with a comma, which a search cannot name, takes one of its own.

    A SKU that is gone from its marketplace is looked for in the others: Amazon may sell the same units there.
    """
    by_marketplace: dict[str, list[str]] = defaultdict(list)
    for offer in wanted:
        by_marketplace[product_and_marketplace(account, offer.reference)[1]].append(offer.key.listing)
    found: dict[str, Offer] = {}
    for marketplace, skus in by_marketplace.items():
        found |= _read_in(partner, account, marketplace, skus)
    for number, marketplace in enumerate(account.marketplaces):
        gone = [sku for own, skus in by_marketplace.items() if own != marketplace for sku in skus if sku not in found]
        if gone:
            _spare_the_burst(len(by_marketplace) + number)
            found |= _read_in(partner, account, marketplace, gone)
    return tuple(found[offer.key.listing] for offer in wanted if offer.key.listing in found)


def _read_in(partner: SellingPartner, account: AmazonAccount, marketplace: str, skus: list[str]) -> dict[str, Offer]:
    asked_at = datetime.now(UTC)
    items = _items(partner, account, marketplace, skus)
    return {item.sku: _offer(account, item, marketplace, asked_at) for item in items}


def product_and_marketplace(account: AmazonAccount, reference: str) -> tuple[str, str]:
    """The two parts of a reference; the product type is empty where Amazon fulfils the listing."""
    product_type, _, marketplace = reference.partition("@")
    return product_type, marketplace or account.marketplaces[0]


def _items(partner: SellingPartner, account: AmazonAccount, marketplace: str, skus: list[str]) -> list[ListingItem]:
    together = [sku for sku in skus if "," not in sku]
    if len(together) == 1:
        # getListingsItem has a limit of its own, so a single reading leaves the searches to those who need them.
        together = []
    alone = [sku for sku in skus if sku not in together]
    items = [item for sku in alone if (item := _get(partner, account, marketplace, sku))]
    if together:
        query = {"identifiers": ",".join(together), "identifiersType": "SKU", "pageSize": AT_ONCE}
        items += _search(partner, account, marketplace, query).items
    return items


def _search(
    partner: SellingPartner, account: AmazonAccount, marketplace: str, query: Mapping[str, Any]
) -> SearchAnswer:
    asked = {**query, "marketplaceIds": marketplace, "includedData": _INCLUDED_DATA}
    answer = partner.call(
        ListingsItemsV20210801,
        errors.SEARCH_LISTINGS,
        lambda client: client.search_listings_items(account.seller_id, **asked),
    )
    return _as(partner.system, SearchAnswer, {**answer.payload, "pagination": answer.pagination})


def _get(partner: SellingPartner, account: AmazonAccount, marketplace: str, sku: str) -> ListingItem | None:
    asked = {"marketplaceIds": marketplace, "includedData": _INCLUDED_DATA}
    try:
        answer = partner.call(
            ListingsItemsV20210801,
            errors.GET_LISTING,
            lambda client: client.get_listings_item(account.seller_id, sku, **asked),
        )
    except Rejected as refusal:
        if errors.is_not_found(refusal):
            return None
        raise
    return _as(partner.system, ListingItem, answer.payload)


def _following(system: str, account: AmazonAccount, mark: _Bookmark, answer: SearchAnswer) -> _Bookmark | None:
    """The rest of this search, the next one of this marketplace, the next marketplace, or the end."""
    if answer.next_token:
        return _Bookmark(mark.marketplace, mark.created_after, answer.next_token)
    if answer.number_of_results >= PAGED_THROUGH:
        created = [s.created_date for item in answer.items for s in item.summaries if s.created_date]
        newest = as_iso(max(created)) if created else None
        if newest is None or newest == mark.created_after:
            raise Unavailable(system, f"cannot page through over {PAGED_THROUGH} listings created at once ({newest})")
        return _Bookmark(mark.marketplace, newest)
    left = account.marketplaces[account.marketplaces.index(mark.marketplace) + 1 :]
    return _Bookmark(left[0]) if left else None


def _offer(account: AmazonAccount, item: ListingItem, marketplace: str, asked_at: datetime) -> Offer:
    summary = next((s for s in item.summaries if s.marketplace_id == marketplace), None)
    merchant = _of_merchant(item)
    by_amazon = merchant is None and any(
        place.fulfillment_channel_code.startswith("AMAZON") for place in item.fulfillment_availability
    )
    product_type = "" if by_amazon else (summary and summary.product_type) or OFFER_ONLY
    return Offer(
        key=ListingKey(channel=Channel.AMAZON, account=account.account, listing=item.sku),
        reference=product_type if marketplace == account.marketplaces[0] else f"{product_type}@{marketplace}",
        title=(summary and summary.item_name) or "",
        quantity=merchant.quantity if merchant else None,
        fulfilled_by_channel=by_amazon,
        read_at=asked_at,
    )


def _of_merchant(item: ListingItem) -> Availability | None:
    return next((at for at in item.fulfillment_availability if at.fulfillment_channel_code == MERCHANT), None)


def _as(system: str, model: type[Model], payload: Any) -> Model:
    try:
        return read_body(model, json.dumps(payload).encode())
    except UnreadableEvent as unreadable:
        raise Unavailable(system, f"answered badly: {unreadable}") from None
