# The default target runs API, worker and beat, with the production dependencies alone; the target `flower` adds Flower.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS installed
WORKDIR /src
COPY pyproject.toml README.md constraints.txt ./
COPY api api
COPY bench bench
COPY cli cli
COPY iot_sql iot_sql
COPY sandbox sandbox
COPY worker worker
RUN python -m venv --without-pip /opt/shadow-sync
RUN --mount=type=cache,target=/var/cache/pip \
    pip --python /opt/shadow-sync/bin/python --cache-dir /var/cache/pip install --constraint constraints.txt .

FROM installed AS installed-with-flower
RUN --mount=type=cache,target=/var/cache/pip \
    pip --python /opt/shadow-sync/bin/python --cache-dir /var/cache/pip install --constraint constraints.txt ".[flower]"

FROM python:${PYTHON}-slim AS runtime
ENV PATH=/opt/shadow-sync/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Who breaks in finds nothing to install more with.
RUN pip uninstall --yes --root-user-action=ignore pip
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin shadow-sync
WORKDIR /srv/shadow-sync
USER 10001

FROM runtime AS flower
COPY --from=installed-with-flower /opt/shadow-sync /opt/shadow-sync
COPY flowerconfig.py ./
CMD ["celery", "-A", "worker.app", "flower", "--conf=flowerconfig.py"]

FROM runtime AS service
COPY --from=installed /opt/shadow-sync /opt/shadow-sync
COPY gunicorn.conf.py ./
CMD ["gunicorn"]
