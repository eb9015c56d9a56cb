"""Descriptions of two public 3PL APIs, written from their published documentation and never run against them by us.

ShipBob: developer.shipbob.com (Create Order, Get Orders, Cancel, Inventory Levels, Webhooks). ShipHero:
developer.shiphero.com (GraphQL, Webhooks). Their signatures are published in full; of the webhooks' bodies only
examples are, so those are least sure. At ShipBob a box is a shipment and has its id; at ShipHero it is named by its
tracking number, so that a webhook and an answer name it alike.
"""

from orderloom.domain.node_api import NodeApi, NodeCall, NodeCallback, NodePreset, Signing

_SHIPBOB_BODY = """{
  "reference_id": dispatch_id,
  "order_number": request.order_name,
  "shipping_method": request.service_level != null && request.service_level in settings
    ? settings[request.service_level] : "Standard",
  "type": "DTC",
  "recipient": {
    "name": request.recipient.name,
    "email": request.recipient.email,
    "phone_number": request.recipient.phone,
    "address": {
      "company_name": request.recipient.company,
      "address1": request.recipient.address_lines[0],
      "address2": request.recipient.address_lines.size() > 1 ? request.recipient.address_lines[1] : "",
      "city": request.recipient.city,
      "state": request.recipient.region,
      "zip_code": request.recipient.postal_code,
      "country": request.recipient.country
    }
  },
  "products": request.lines.map(l, {"reference_id": l.sku, "name": l.sku, "quantity": l.quantity})
}"""
_SHIPBOB_FOUND = """answer.filter(o, o.reference_id == dispatch_id).map(o, {
  "reference": string(o.id),
  "state": o.status == "Cancelled" ? "cancelled" : o.status == "Fulfilled" ? "shipped" : "accepted",
  "packages": o.shipments.filter(s, has(s.tracking) && s.tracking != null && s.actual_fulfillment_date != null)
    .map(s, {
      "package_id": has(s.id) && s.id != null ? string(s.id) : s.tracking.tracking_number,
      "carrier": s.tracking.carrier,
      "tracking_number": s.tracking.tracking_number,
      "tracking_url": has(s.tracking.tracking_url) ? s.tracking.tracking_url : null,
      "shipped_at": s.actual_fulfillment_date,
      "lines": s.products.map(p, p.inventory_items.map(i, {"sku": p.reference_id, "quantity": i.quantity}))
    })
})"""
# An order with its shipments, or one shipment of it. That one was cancelled is not taken from here: the order may have
# others, so `found` says what became of all.
_SHIPBOB_EVENTS = """!("x-webhook-topic" in headers
    && (headers["x-webhook-topic"].endsWith(".shipped") || headers["x-webhook-topic"].endsWith(".delivered"))) ? []
  : (has(answer.shipments) ? answer.shipments : [answer]).map(s, {
    "dispatch_id": has(s.reference_id) && s.reference_id != null ? s.reference_id : answer.reference_id,
    "kind": headers["x-webhook-topic"].endsWith(".shipped") ? "shipped" : "delivered",
    "package": {
      "package_id": has(s.id) && s.id != null ? string(s.id) : s.tracking.tracking_number,
      "carrier": s.tracking.carrier,
      "tracking_number": s.tracking.tracking_number,
      "tracking_url": has(s.tracking.tracking_url) ? s.tracking.tracking_url : null,
      "shipped_at": s.actual_fulfillment_date,
      "lines": s.products.map(p, p.inventory_items.map(i, {"sku": p.reference_id, "quantity": i.quantity}))
    }
  })"""
_SHIPHERO_EVENTS = """answer.webhook_type == "Order Canceled"
  ? [{"dispatch_id": answer.order_number, "kind": "cancelled", "reason": "cancelled_there"}]
  : answer.webhook_type != "Shipment Update" ? []
  : answer.packages.map(p, {
    "dispatch_id": answer.fulfillment.order_number,
    "kind": "shipped",
    "package": {
      "package_id": has(p.tracking_number) ? p.tracking_number : p.shipping_label.tracking_number,
      "carrier": has(p.shipping_carrier) ? p.shipping_carrier : answer.fulfillment.shipping_carrier,
      "service": has(p.shipping_method) ? p.shipping_method
        : has(answer.fulfillment.shipping_method) ? answer.fulfillment.shipping_method : null,
      "tracking_number": has(p.tracking_number) ? p.tracking_number : p.shipping_label.tracking_number,
      "tracking_url":
        has(p.shipping_label) && has(p.shipping_label.tracking_url) ? p.shipping_label.tracking_url : null,
      "shipped_at": answer.fulfillment.created_at + "Z",
      "lines": answer.fulfillment.line_items.filter(l, l.package == p.name)
        .map(l, {"sku": l.sku, "quantity": l.quantity})
    }
  })"""
_SHIPHERO_CREATE = (
    "mutation($data: CreateOrderInput!) { order_create(data: $data) { order { id order_number partner_order_id } } }"
)
_SHIPHERO_FIND = (
    "query($number: String!) { orders(order_number: $number) { data(first: 2) { edges { node { "
    "id order_number fulfillment_status shipments { id created_date shipping_labels { id tracking_number carrier "
    "shipping_method tracking_url } line_items(first: 100) { edges { node { quantity shipping_label_id "
    "line_item { sku } } } } } } } } } }"
)
_SHIPHERO_CANCEL = "mutation($data: CancelOrderInput!) { order_cancel(data: $data) { request_id } }"
_SHIPHERO_BODY = """{"query": "%s", "variables": {"data": {
  "order_number": dispatch_id,
  "partner_order_id": dispatch_id,
  "shop_name": settings.shop_name,
  "fulfillment_status": "pending",
  "shipping_lines": {
    "title": request.service_level == null ? "Standard" : request.service_level, "price": "0.00"
  },
  "shipping_address": {
    "first_name": request.recipient.name,
    "last_name": "",
    "company": request.recipient.company,
    "address1": request.recipient.address_lines[0],
    "address2": request.recipient.address_lines.size() > 1 ? request.recipient.address_lines[1] : "",
    "city": request.recipient.city,
    "state": request.recipient.region,
    "zip": request.recipient.postal_code,
    "country": request.recipient.country,
    "email": request.recipient.email,
    "phone": request.recipient.phone
  },
  "line_items": request.lines.map(l, {
    "sku": l.sku, "quantity": l.quantity, "price": "0.00", "product_name": l.sku,
    "partner_line_item_id": dispatch_id + "-" + l.line_id + "-" + l.sku
  })
}}}"""
_SHIPHERO_FOUND = """answer.data.orders.data.edges.filter(e, e.node.order_number == dispatch_id).map(e, {
  "reference": e.node.id,
  "state": e.node.fulfillment_status == "canceled" ? "cancelled"
    : e.node.fulfillment_status == "fulfilled" ? "shipped" : "accepted",
  "packages": e.node.shipments.map(s, s.shipping_labels.map(b, {
    "package_id": b.tracking_number,
    "carrier": b.carrier,
    "service": b.shipping_method,
    "tracking_number": b.tracking_number,
    "tracking_url": b.tracking_url,
    "shipped_at": s.created_date.endsWith("Z") || s.created_date.contains("+") ? s.created_date : s.created_date + "Z",
    "lines": s.line_items.edges.filter(l, l.node.shipping_label_id == b.id)
      .map(l, {"sku": l.node.line_item.sku, "quantity": l.node.quantity})
  }))
})"""

_SHIPHERO_STOCK = (
    "query($warehouse: String, $after: String) { warehouse_products(warehouse_id: $warehouse, active: true) { "
    "data(first: 100, after: $after) { pageInfo { hasNextPage endCursor } edges { node { sku available } } } } }"
)
_SHIPHERO_STOCK_BODY = """{"query": "%s", "variables": {
  "warehouse": "warehouse_id" in settings ? dyn(settings.warehouse_id) : dyn(null),
  "after": page == "" ? dyn(null) : dyn(page)
}}"""
# Units that are promised to no order; both may say less than none where more was sold than lies there.
_SHIPHERO_LEVELS = """answer.data.warehouse_products.data.edges.map(e, {
  "sku": e.node.sku, "available": e.node.available < 0 ? 0 : e.node.available
})"""
_SHIPHERO_NEXT = """answer.data.warehouse_products.data.pageInfo.hasNextPage
  ? answer.data.warehouse_products.data.pageInfo.endCursor : ''
"""
_SHIPBOB_LEVELS = """answer.items.filter(i, has(i.sku) && i.sku != null && i.sku != "").map(i, {
  "sku": i.sku, "available": i.total_sellable_quantity < 0 ? 0 : i.total_sellable_quantity
})"""

PRESETS = {
    NodePreset.SHIPBOB: NodeApi(
        auth="bearer",
        dispatch=NodeCall(path="order", body=_SHIPBOB_BODY),
        find=NodeCall(method="GET", path="order?ReferenceIds={dispatch_id}"),
        found=_SHIPBOB_FOUND,
        cancel=NodeCall(path="order/{reference}:cancel"),
        stock=NodeCall(method="GET", path="inventory-level?PageSize=250"),
        levels=_SHIPBOB_LEVELS,
        next_page='has(answer.next) && answer.next != null ? answer.next : ""',
        callback=NodeCallback(signing=Signing.STANDARD_WEBHOOKS, events=_SHIPBOB_EVENTS),
    ),
    NodePreset.SHIPHERO: NodeApi(
        auth="bearer",
        dispatch=NodeCall(path="graphql", body=_SHIPHERO_BODY % _SHIPHERO_CREATE),
        refused='has(answer.errors) && answer.errors.size() > 0 ? "graphql_error" : ""',
        throttled="has(answer.errors) && answer.errors.exists(e, has(e.code) && string(e.code) == '30')",
        find=NodeCall(path="graphql", body=f'{{"query": "{_SHIPHERO_FIND}", "variables": {{"number": dispatch_id}}}}'),
        found=_SHIPHERO_FOUND,
        cancel=NodeCall(
            path="graphql",
            body=f'{{"query": "{_SHIPHERO_CANCEL}", "variables": {{"data": {{"order_id": reference}}}}}}',
        ),
        stock=NodeCall(path="graphql", body=_SHIPHERO_STOCK_BODY % _SHIPHERO_STOCK),
        levels=_SHIPHERO_LEVELS,
        next_page=_SHIPHERO_NEXT,
        callback=NodeCallback(signing=Signing.HMAC_BASE64, header="x-shiphero-hmac-sha256", events=_SHIPHERO_EVENTS),
    ),
}


def complete(api: NodeApi) -> NodeApi:
    """The description with what its preset says of the rest."""
    if api.preset is None:
        return api
    preset = PRESETS[api.preset]
    ours = {name: getattr(api, name) for name in api.model_fields_set}
    headers = {**preset.headers, **api.headers}
    return preset.model_copy(update={**ours, "headers": headers})
