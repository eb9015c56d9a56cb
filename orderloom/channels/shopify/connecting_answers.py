"""The answers about the app itself: its scopes, its subscriptions, the API's versions."""

from orderloom.channels.shopify.answers import GraphQLModel, Named, Page, UserError


class Scope(GraphQLModel):
    handle: str


class _Installed(GraphQLModel):
    access_scopes: tuple[Scope, ...]


class ApiVersion(GraphQLModel):
    handle: str
    supported: bool


class Installation(GraphQLModel):
    current_app_installation: _Installed
    public_api_versions: tuple[ApiVersion, ...]


class Subscription(Named):
    topic: str
    uri: str
    format: str


class Subscriptions(GraphQLModel):
    webhook_subscriptions: Page[Subscription]


class _Changed(GraphQLModel):
    user_errors: tuple[UserError, ...] = ()


class CreateSubscription(GraphQLModel):
    webhook_subscription_create: _Changed


class UpdateSubscription(GraphQLModel):
    webhook_subscription_update: _Changed
