"""The yardstick: a FastAPI app that answers with the length of the body. Imports nothing of the starter."""

from fastapi import FastAPI, Request

from starter.bench.webhooks.serving import serve

app = FastAPI()


@app.post("/webhooks/shopify/{account}")
async def echo(account: str, request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}


if __name__ == "__main__":
    serve(app)
