"""What GraphQL shows of a shop's smaller things: the shop, its location, addresses, variants, line items."""

from decimal import Decimal

from orderloom.sandbox.people import Person
from orderloom.sandbox.shopify.connections import View, connection
from orderloom.sandbox.shopify.identifiers import gid
from orderloom.sandbox.shopify.inventory_views import variant_view
from orderloom.sandbox.shopify.orders import ShopLine, ShopOrder
from orderloom.sandbox.shopify.shop import Shop


def money_bag(amount: Decimal, currency: str) -> View:
    money = {"amount": f"{amount:.2f}", "currencyCode": currency}
    return {"shopMoney": money, "presentmentMoney": money}


def shop_view(shop: Shop) -> View:
    return {
        "id": gid("Shop", shop.location_id + 1),
        "name": shop.config.shop.split(".")[0].replace("-", " ").title(),
        "email": f"owner@{shop.config.shop}",
        "myshopifyDomain": shop.config.shop,
        "currencyCode": "USD",
        "ianaTimezone": "America/New_York",
        "weightUnit": "POUNDS",
    }


def address_view(order: ShopOrder, person: Person) -> View:
    return {
        "id": gid("MailingAddress", order.order_id),
        "address1": person.street,
        "address2": person.unit,
        "city": person.city,
        "company": None,
        "country": person.country_name,
        "countryCodeV2": person.country,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "name": person.name,
        "phone": person.phone,
        "province": person.region_name,
        "provinceCode": person.region,
        "zip": person.postal_code,
    }


def shipping_line_view(order: ShopOrder) -> View:
    level = order.spec.service_level
    return {
        "id": gid("ShippingLine", order.order_id + 2),
        "code": level,
        "title": level.title(),
        "originalPriceSet": money_bag(Decimal(), order.spec.currency),
    }


def variant_of_line(shop: Shop, line: ShopLine) -> View:
    """The listed variant; where nobody listed it, one whose stock Shopify does not track."""
    listing = shop.stockroom.items.get(line.inventory_item_id)
    if listing:
        return variant_view(listing)
    variant: View = {
        "id": gid("ProductVariant", line.variant_id),
        "legacyResourceId": str(line.variant_id),
        "sku": line.spec.sku,
        "title": "Default Title",
        "displayName": f"{line.spec.title} - Default Title",
        "inventoryPolicy": "DENY",
        "inventoryQuantity": None,
        "product": product_view(line),
    }
    item: View = {
        "id": gid("InventoryItem", line.inventory_item_id),
        "legacyResourceId": str(line.inventory_item_id),
        "sku": line.spec.sku,
        "tracked": False,
        "inventoryLevel": None,
        "inventoryLevels": lambda _info, **arguments: connection((), dict, lambda _: (), arguments),
        "variant": variant,
    }
    return variant | {"inventoryItem": item}


def product_view(line: ShopLine) -> View:
    return {
        "id": gid("Product", line.product_id),
        "legacyResourceId": str(line.product_id),
        "title": line.spec.title,
    }


def line_view(shop: Shop, order: ShopOrder, line: ShopLine) -> View:
    spec = line.spec
    price = money_bag(spec.unit_price, order.spec.currency)
    open_units = order.fulfillable(line)
    return {
        "id": gid("LineItem", line.line_id),
        "name": spec.title,
        "title": spec.title,
        "sku": spec.sku,
        "quantity": order.ordered(line),
        "currentQuantity": order.current(line),
        "fulfillableQuantity": open_units,
        "unfulfilledQuantity": open_units,
        "nonFulfillableQuantity": 0 if line.is_shipped else order.ordered(line),
        "requiresShipping": spec.requires_shipping,
        "isGiftCard": spec.gift_card,
        "originalUnitPriceSet": price,
        "discountedUnitPriceSet": price,
        "customAttributes": [{"key": key, "value": value} for key, value in spec.properties.items()],
        "variant": variant_of_line(shop, line),
        "variantTitle": None,
        "vendor": None,
        "weight": {"unit": "GRAMS", "value": float(spec.grams)},
        "product": product_view(line),
    }
