# The worker's image, from the lock file alone. Extras, such as Microsoft Entra or a vault's client:
#   docker build --build-arg EXTRAS="--extra azure --extra vault-hashicorp" .
# SageMaker's stand-in is an image of its own:
#   docker build --target standin .
ARG PYTHON_TAG=3.13-slim-bookworm

FROM python:${PYTHON_TAG} AS uv
ARG UV_VERSION=0.13.8
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore "uv==${UV_VERSION}"
ENV UV_PROJECT_ENVIRONMENT=/opt/polysync-sagemaker \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
WORKDIR /build
COPY pyproject.toml uv.lock ./

FROM uv AS build-standin
RUN uv sync --locked --only-group standin
COPY sagemaker_standin /opt/standin/sagemaker_standin
# The modes of a clone made under umask 077 would close the package to the image's user.
RUN chmod -R go+rX /opt/standin && python -m compileall -q /opt/standin

FROM uv AS build-worker
ARG EXTRAS=""
# The dependencies are a layer of their own: they change less often than the project. EXTRAS is unquoted, because it is
# several words.
# hadolint ignore=SC2086
RUN uv sync --locked --no-dev --no-install-project ${EXTRAS}
COPY README.md LICENSE ./
COPY contract contract
COPY activities activities
COPY workflows workflows
COPY worker worker
# hadolint ignore=SC2086
RUN uv sync --locked --no-dev --no-editable ${EXTRAS}

FROM python:${PYTHON_TAG} AS runtime
# The user below has no entry in /etc/passwd; programs that ask for its name or home find both here.
ENV PATH=/opt/polysync-sagemaker/bin:$PATH \
    HOME=/tmp \
    USER=polysync-sagemaker \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, so that Kubernetes can verify that it is not root. No file of the image belongs to this user.
USER 10001:10001
WORKDIR /tmp

FROM runtime AS standin
LABEL org.opencontainers.image.title="polysync-sagemaker-standin" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build-standin /opt/polysync-sagemaker /opt/polysync-sagemaker
COPY --from=build-standin /opt/standin /opt/standin
ENV PYTHONPATH=/opt/standin
ENTRYPOINT ["python", "-m", "sagemaker_standin"]

# The last stage is what `docker build .` makes.
FROM runtime AS worker
LABEL org.opencontainers.image.title="polysync-sagemaker" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build-worker /opt/polysync-sagemaker /opt/polysync-sagemaker
ENTRYPOINT ["polysync-sagemaker"]
CMD ["worker"]
