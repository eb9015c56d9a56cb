"""The documents about the app itself, checked like all others (see queries.py)."""

from orderloom.channels.shopify.document import Document

READ_INSTALLATION = Document(
    "ReadInstallation",
    """
    query ReadInstallation {
      currentAppInstallation { accessScopes { handle } }
      publicApiVersions { handle supported }
    }
    """,
)

READ_SUBSCRIPTIONS = Document(
    "ReadSubscriptions",
    """
    query ReadSubscriptions($after: String) {
      webhookSubscriptions(first: 100, after: $after) {
        nodes { id topic uri format }
        pageInfo { hasNextPage endCursor }
      }
    }
    """,
)

CREATE_SUBSCRIPTION = Document(
    "CreateSubscription",
    """
    mutation CreateSubscription($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
        webhookSubscription { id }
        userErrors { field message }
      }
    }
    """,
    changes=True,
)

UPDATE_SUBSCRIPTION = Document(
    "UpdateSubscription",
    """
    mutation UpdateSubscription($id: ID!, $subscription: WebhookSubscriptionInput!) {
      webhookSubscriptionUpdate(id: $id, webhookSubscription: $subscription) {
        webhookSubscription { id }
        userErrors { field message }
      }
    }
    """,
    changes=True,
)

CONNECTING_DOCUMENTS = (READ_INSTALLATION, READ_SUBSCRIPTIONS, CREATE_SUBSCRIPTION, UPDATE_SUBSCRIPTION)
