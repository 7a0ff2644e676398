# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY . .
# The wheel and all it needs go into one folder, which is all that is taken along.
ARG EXTRAS=""
RUN python -m venv /opt/diffmem \
    && /opt/diffmem/bin/pip install --no-cache-dir --disable-pip-version-check ".${EXTRAS}" \
    && /opt/diffmem/bin/pip uninstall --yes pip \
    && /opt/diffmem/bin/diffmem --version

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="DiffMem" \
      org.opencontainers.image.description="A memory for LLM agents that is a git repository" \
      org.opencontainers.image.licenses="MIT"
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin diffmem \
    && install --directory --owner=diffmem --group=diffmem --mode=0700 /data
COPY --from=build /opt/diffmem /opt/diffmem
# The last line is a switch, no secret.
# hadolint ignore=DL3064
ENV PATH=/opt/diffmem/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DIFFMEM_HOME=/data \
    DIFFMEM_HOST=0.0.0.0 \
    DIFFMEM_PORT=8000 \
    DIFFMEM_FIRST_TOKEN=1
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=4).close()"]
# Ends with SIGTERM: streams are closed, what runs is finished, the mirror is brought into step.
STOPSIGNAL SIGTERM
ENTRYPOINT ["diffmem"]
CMD ["serve"]
