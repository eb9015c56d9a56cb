# The worker and the starter in one image: `docker run IMAGE worker`, `docker run IMAGE starter`.
FROM python:3.13.11-slim-bookworm AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/orderloom UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /src
RUN pip install --no-cache-dir uv==0.13.9
# The dependencies first: they change less often than the code, so their layer is kept.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --compile-bytecode --no-install-project
COPY README.md LICENSE worker.py ./
COPY orderloom orderloom
COPY activities activities
COPY workflows workflows
COPY starter starter
COPY config config
RUN uv sync --frozen --no-dev --compile-bytecode --no-editable

FROM python:3.13.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app orderloom \
    && install -d -o orderloom /app /var/lib/orderloom
COPY --from=build /opt/orderloom /opt/orderloom
COPY config /app/config
ENV PATH=/opt/orderloom/bin:$PATH PYTHONUNBUFFERED=1 ORDERLOOM_STATE_DIR=/var/lib/orderloom
WORKDIR /app
USER orderloom
ENTRYPOINT ["orderloom"]
CMD ["worker"]
