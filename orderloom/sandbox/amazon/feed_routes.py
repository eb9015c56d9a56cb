"""Feeds 2021-06-30 over HTTP, and the addresses where documents are put and got without a token."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from orderloom.sandbox.amazon.desk import Desk, json_document
from orderloom.sandbox.amazon.feeds import Feeds
from orderloom.sandbox.amazon.queries import read_moment
from orderloom.sandbox.amazon.refusals import Refusal
from orderloom.sandbox.amazon.routes import SYSTEM, AmazonSide
from orderloom.sandbox.answers import lost_answer

_BASE = "/feeds/2021-06-30"
_STORE = "/_feed_documents"


def feed_routes(side: AmazonSide, feeds: dict[str, Feeds]) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    desk = Desk(side, feeds)
    _add_documents(router, desk)
    _add_feeds(router, desk, side)
    _add_store(router, feeds)
    return router


def _place(request: Request, owner: Feeds, document: str) -> dict[str, str]:
    url = f"{request.base_url}{_STORE.lstrip('/')}/{owner.seller.config.account}/{document}"
    return {"feedDocumentId": document, "url": url}


def _add_documents(router: APIRouter, desk: Desk[Feeds]) -> None:
    @router.post(f"{_BASE}/documents")
    async def create_document(request: Request) -> Response:
        body = await request.body()

        def act(mine: Feeds) -> Response:
            return JSONResponse(_place(request, mine, mine.create_document(json_document(body))), status_code=201)

        return await desk.serve(request, "createFeedDocument", act)

    @router.get(f"{_BASE}/documents/{{document}}")
    async def get_document(request: Request, document: str) -> Response:
        def act(mine: Feeds) -> Response:
            mine.download(document)
            return JSONResponse(_place(request, mine, document))

        return await desk.serve(request, "getFeedDocument", act)


def _add_feeds(router: APIRouter, desk: Desk[Feeds], side: AmazonSide) -> None:
    @router.post(f"{_BASE}/feeds")
    async def create_feed(request: Request) -> Response:
        body = await request.body()

        def act(mine: Feeds) -> Response:
            feed = mine.create(json_document(body))
            way = side.fate.loses_answer(SYSTEM, "createFeed")
            return lost_answer(way) if way else JSONResponse({"feedId": feed}, status_code=202)

        return await desk.serve(request, "createFeed", act)

    @router.get(f"{_BASE}/feeds")
    async def get_feeds(request: Request) -> Response:
        query = request.query_params

        def act(mine: Feeds) -> Response:
            since = read_moment(query, "createdSince") if "createdSince" in query else None
            return JSONResponse({"feeds": mine.since(since)})

        return await desk.serve(request, "getFeeds", act)

    @router.get(f"{_BASE}/feeds/{{feed}}")
    async def get_feed(request: Request, feed: str) -> Response:
        return await desk.serve(request, "getFeed", lambda mine: JSONResponse(mine.find(feed)))


def _add_store(router: APIRouter, feeds: dict[str, Feeds]) -> None:
    @router.put(f"{_STORE}/{{account}}/{{document}}")
    async def put(request: Request, account: str, document: str) -> Response:
        feeds[account].upload(document, await request.body())
        return Response(status_code=200)

    @router.get(f"{_STORE}/{{account}}/{{document}}")
    async def get(account: str, document: str) -> Response:
        try:
            return Response(feeds[account].download(document), media_type="text/xml")
        except Refusal as refusal:
            return refusal.response()
