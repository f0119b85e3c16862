# syntax=docker/dockerfile:1
# One image for each process: web, worker-io, worker-cpu, worker-gpu, beat. Torch is in the last layers only.
#   docker build --target web -t civitai/web .

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PATH=/venv/bin:$PATH DJANGO_SETTINGS_MODULE=civitai.settings.prod DATA_DIR=/var/lib/civitai
RUN groupadd --system --gid 10001 civitai \
 && useradd --system --uid 10001 --gid civitai --no-create-home --home-dir /var/lib/civitai civitai \
 && install --directory --owner=civitai --group=civitai --mode=0750 /var/lib/civitai
WORKDIR /app

FROM base AS web-packages
COPY pyproject.toml constraints.txt ./
COPY civitai/services/install.py civitai/services/install.py
RUN --mount=type=cache,target=/root/.cache/pip python civitai/services/install.py --venv /venv --extras=

FROM web-packages AS worker-packages
# Another package index for torch: builds for the CPU alone, or for one CUDA.
ARG TORCH_INDEX=
RUN --mount=type=cache,target=/root/.cache/pip TORCH_INDEX="$TORCH_INDEX" python civitai/services/install.py --venv /venv --extras=worker

FROM base AS site
COPY --from=web-packages /venv /venv
COPY . .
# The settings want their whole environment; collecting files needs none of it.
RUN SECRET_KEY=build DATABASE_URL=postgresql://build/build VALKEY_URL=redis://build S3_ENDPOINT_URL=http://build \
    S3_ACCESS_KEY_ID=build S3_SECRET_ACCESS_KEY=build SITE_URL=http://build ALLOWED_HOSTS=build EMAIL_URL=smtp://build \
    python manage.py collectstatic --no-input --verbosity=0 \
 && python -m compileall -q . \
 && rm -rf /var/lib/civitai/*

FROM site AS web
USER civitai
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/livez', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0]}), timeout=4)"]
CMD ["python", "-m", "granian", "--interface=wsgi", "--host=0.0.0.0", "--port=8000", "--workers=2", "--blocking-threads=2", "--log-level=warning", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "4", "civitai.wsgi:application"]

FROM site AS worker-io
USER civitai
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s CMD celery --app civitai.celery inspect ping --timeout 10 --destination "io@$(hostname)"
CMD ["python", "-m", "celery", "--app", "civitai.celery", "worker", "--queues=io", "--hostname=io@%h", "--pool=threads", "--concurrency=8", "--loglevel=info", "--without-gossip", "--without-mingle"]

FROM site AS beat
USER civitai
# Beat writes its schedule every three minutes.
HEALTHCHECK --interval=60s --timeout=5s --start-period=300s CMD find /var/lib/civitai -name 'beat-schedule*' -mmin -8 | grep -q .
CMD ["python", "-m", "celery", "--app", "civitai.celery", "beat", "--schedule=/var/lib/civitai/beat-schedule", "--pidfile=", "--loglevel=warning"]

FROM site AS drawing
COPY --from=worker-packages /venv /venv

FROM drawing AS worker-cpu
USER civitai
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s CMD celery --app civitai.celery inspect ping --timeout 10 --destination "cpu@$(hostname)"
CMD ["python", "-m", "celery", "--app", "civitai.celery", "worker", "--queues=cpu", "--hostname=cpu@%h", "--pool=prefork", "--concurrency=1", "--loglevel=info", "--without-gossip", "--without-mingle"]

FROM drawing AS worker-gpu
USER civitai
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s CMD celery --app civitai.celery inspect ping --timeout 10 --destination "gpu@$(hostname)"
CMD ["python", "-m", "celery", "--app", "civitai.celery", "worker", "--queues=gpu", "--hostname=gpu@%h", "--pool=prefork", "--concurrency=1", "--loglevel=info", "--without-gossip", "--without-mingle"]
