"""What GraphQL shows of a shop's smaller things: the shop, its location, addresses, variants, line items."""

from decimal import Decimal

from orderloom.sandbox.people import Person
from orderloom.sandbox.shopify.connections import View
from orderloom.sandbox.shopify.orders import ShopLine, ShopOrder, gid
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


def location_view(shop: Shop) -> View:
    return {
        "id": gid("Location", shop.location_id),
        "legacyResourceId": str(shop.location_id),
        "name": "Warehouse",
        "isActive": True,
        "isFulfillmentService": False,
        "fulfillsOnlineOrders": True,
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


def variant_view(line: ShopLine) -> View:
    item = {"id": gid("InventoryItem", line.inventory_item_id), "legacyResourceId": str(line.inventory_item_id)}
    return {
        "id": gid("ProductVariant", line.variant_id),
        "legacyResourceId": str(line.variant_id),
        "sku": line.spec.sku,
        "title": "Default Title",
        "inventoryItem": {**item, "sku": line.spec.sku},
    }


def line_view(order: ShopOrder, line: ShopLine) -> View:
    spec = line.spec
    price = money_bag(spec.unit_price, order.spec.currency)
    open_units = order.fulfillable(line)
    return {
        "id": gid("LineItem", line.line_id),
        "name": spec.title,
        "title": spec.title,
        "sku": spec.sku,
        "quantity": spec.quantity,
        "currentQuantity": spec.quantity,
        "fulfillableQuantity": open_units,
        "unfulfilledQuantity": open_units,
        "nonFulfillableQuantity": 0 if line.is_shipped else spec.quantity,
        "requiresShipping": spec.requires_shipping,
        "isGiftCard": spec.gift_card,
        "originalUnitPriceSet": price,
        "discountedUnitPriceSet": price,
        "customAttributes": [{"key": key, "value": value} for key, value in spec.properties.items()],
        "variant": variant_view(line),
        "variantTitle": None,
        "vendor": None,
        "weight": {"unit": "GRAMS", "value": float(spec.grams)},
        "product": {
            "id": gid("Product", line.product_id),
            "legacyResourceId": str(line.product_id),
            "title": spec.title,
        },
    }
