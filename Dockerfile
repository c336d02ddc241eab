# The dashboard for strangers, in a container. With its proxy in front: compose.yaml. Alone:
#
#   docker build --tag moss . && docker run --publish 8501:8501 --volume moss:/data moss
#
# PyPI's torch for Linux is the CUDA build, which runs on processors too and takes 4.9 GB. Where
# you know an index with builds for processors only, name it:
#
#   docker build --tag moss --build-arg EXTRA_INDEX=URL .
#
# It must hold torch, torchaudio and torchvision: pip prefers its builds, and what is of two kinds
# does not load, which ends the build.
FROM python:3.11-slim AS built
ARG EXTRA_INDEX=""
RUN python -m venv /opt/moss
ENV PATH="/opt/moss/bin:${PATH}"
WORKDIR /sources
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt ${EXTRA_INDEX:+--extra-index-url "${EXTRA_INDEX}"} . \
    && python -c "import torch, torchaudio, torchvision"

FROM python:3.11-slim
RUN groupadd --gid 10001 moss \
    && useradd --uid 10001 --gid moss --no-create-home --home-dir /tmp moss \
    && install --directory --owner moss --group moss /data
COPY --from=built /opt/moss /opt/moss
# Whatever the way to it, nobody who visits owns this machine (MOSS_SHARED).
ENV PATH="/opt/moss/bin:${PATH}" \
    HOME=/tmp \
    MOSS_DATA=/data \
    MOSS_SHARED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8501
# A proxy that the environment names is not asked the way to this container itself.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; \
build_opener(ProxyHandler({})).open('http://127.0.0.1:8501/moss/health', timeout=4)"]
CMD ["moss", "app", "--port", "8501", "--server.address", "0.0.0.0", "--server.headless", "true"]
