"""Reports 2021-06-30 over HTTP, and the addresses where documents are got without a token."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from orderloom.sandbox.amazon.desk import Desk, json_document
from orderloom.sandbox.amazon.queries import read_moment
from orderloom.sandbox.amazon.refusals import Refusal, invalid_input
from orderloom.sandbox.amazon.reports import Reports
from orderloom.sandbox.amazon.routes import SYSTEM, AmazonSide
from orderloom.sandbox.answers import lost_answer

_BASE = "/reports/2021-06-30"
_STORE = "/_report_documents"


def report_routes(side: AmazonSide, reports: dict[str, Reports]) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    desk = Desk(side, reports)
    _add_reports(router, desk, side)
    _add_documents(router, desk, reports)
    return router


def _add_reports(router: APIRouter, desk: Desk[Reports], side: AmazonSide) -> None:
    @router.post(f"{_BASE}/reports")
    async def create_report(request: Request) -> Response:
        body = await request.body()

        def act(mine: Reports) -> Response:
            made = mine.create(json_document(body))
            way = side.fate.loses_answer(SYSTEM, "createReport")
            return lost_answer(way) if way else JSONResponse({"reportId": made}, status_code=202)

        return await desk.serve(request, "createReport", act)

    @router.get(f"{_BASE}/reports")
    async def get_reports(request: Request) -> Response:
        query = request.query_params

        def act(mine: Reports) -> Response:
            if not query.get("reportTypes"):
                raise invalid_input("reportTypes or nextToken is required.")
            since = read_moment(query, "createdSince") if "createdSince" in query else None
            return JSONResponse({"reports": mine.made_since(since)})

        return await desk.serve(request, "getReports", act)

    @router.get(f"{_BASE}/reports/{{report}}")
    async def get_report(request: Request, report: str) -> Response:
        return await desk.serve(request, "getReport", lambda mine: JSONResponse(mine.find(report)))


def _add_documents(router: APIRouter, desk: Desk[Reports], reports: dict[str, Reports]) -> None:
    @router.get(f"{_BASE}/documents/{{document}}")
    async def get_document(request: Request, document: str) -> Response:
        def act(mine: Reports) -> Response:
            return JSONResponse(_place(request, mine, document))

        return await desk.serve(request, "getReportDocument", act)

    @router.get(f"{_STORE}/{{account}}/{{document}}")
    async def get(account: str, document: str) -> Response:
        try:
            content, knobs = reports[account].document(document)
        except Refusal as refusal:
            return refusal.response()
        return Response(content, headers={"content-type": f"text/plain;charset={knobs.charset}"})


def _place(request: Request, owner: Reports, document: str) -> dict[str, str]:
    _, knobs = owner.document(document)
    url = f"{request.base_url}{_STORE.lstrip('/')}/{owner.seller.config.account}/{document}"
    place = {"reportDocumentId": document, "url": url}
    return place | ({"compressionAlgorithm": "GZIP"} if knobs.gzipped else {})
