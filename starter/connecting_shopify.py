"""What `orderloom connect shopify` and `doctor` say of a shop's scopes, subscriptions and API version."""

from collections.abc import Iterator

from orderloom.channels.shopify.connecting import BY_APP_FILE, Change, ShopConnection, Topic
from orderloom.domain.accounts import PausedAccount, uninstalled_from
from orderloom.domain.errors import OutsideError
from starter.connecting_amazon import Step, StepState


def webhook_uri(public_url: str, account: str) -> str:
    return f"{public_url.rstrip('/')}/webhooks/shopify/{account}"


def steps_of(found: ShopConnection, uri: str, *, will_repair: bool) -> Iterator[Step]:
    """One for the API's version, each missing scope and each topic, and what the app's own file has to say."""
    version = f"{found.api_version} is {'supported' if found.is_supported else 'not supported by Shopify any more'}"
    if not found.is_supported:
        version += "; set ORDERLOOM_SHOPIFY_API_VERSION to one that this release was tested with"
    yield Step(what="API version", state=StepState.FOUND if found.is_supported else StepState.WRONG, text=version)
    for scope, why in found.missing_scopes.items():
        text = f"is not granted; it is needed for {why}. Add it to the app's access scopes and let the shop approve it"
        yield Step(what=f"scope {scope}", state=StepState.WRONG, text=text)
    if not found.missing_scopes:
        yield Step(what="scopes", state=StepState.FOUND, text="all that are needed are granted")
    for one in found.topics:
        yield _topic(one, will_repair=will_repair, uri=uri)
    by_file = f"only the app's shopify.app.toml can subscribe {', '.join(BY_APP_FILE)}: see that it names {uri}"
    yield Step(what="privacy topics", state=StepState.FOUND, text=f"cannot be seen from here; {by_file}")


def account_step(account: str, paused: PausedAccount | None, caught_up_by: str | None) -> Step:
    """What its working token means for an account whose app was uninstalled.

    Nothing was told of what was sold or changed meanwhile: the workflow `caught_up_by` reads it. None: a dry run.
    """
    if paused is None:
        return Step(what="account", state=StepState.FOUND, text="is not paused")
    since = f"{uninstalled_from(account)} at {paused.since:%Y-%m-%d %H:%M} UTC"
    if caught_up_by is None:
        text = f"{since}; what waits for it would go on, and every order made or changed since would be read"
        return Step(what="account", state=StepState.WOULD_MAKE, text=text)
    text = f"{since}; what waited for it goes on now, and every order made or changed since is being read"
    return Step(what="account", state=StepState.MADE, text=f"{text} ({caught_up_by})")


def still_paused(account: str, paused: PausedAccount, why: OutsideError) -> Step:
    """Its pause goes on until somebody is sure to read what it could not tell us of."""
    text = f"{uninstalled_from(account)} and stays paused, because {why.detail}; then connect it again"
    return Step(what="account", state=StepState.WRONG, text=text)


def _topic(one: Topic, *, will_repair: bool, uri: str) -> Step:
    if one.state is Change.RIGHT:
        return Step(what=one.topic, state=StepState.FOUND, text=f"is sent to {uri}")
    wrong = "is not subscribed" if one.state is Change.MISSING else "is not sent as JSON"
    if one.refused:
        return Step(what=one.topic, state=StepState.WRONG, text=f"{wrong}, and Shopify refuses it: {one.refused}")
    if one.repaired:
        return Step(what=one.topic, state=StepState.MADE, text=f"{wrong} before; is sent to {uri} now")
    return Step(what=one.topic, state=StepState.WOULD_MAKE if will_repair else StepState.WRONG, text=wrong)
