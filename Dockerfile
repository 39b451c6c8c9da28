# The worker's image, from the lock file alone. Extras, such as Microsoft Entra or a vault's client:
#   docker build --build-arg EXTRAS="--extra azure --extra vault-hashicorp" .
ARG PYTHON_TAG=3.13-slim-bookworm

FROM python:${PYTHON_TAG} AS build
ARG UV_VERSION=0.13.8
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore "uv==${UV_VERSION}"
ENV UV_PROJECT_ENVIRONMENT=/opt/polysync-sagemaker \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
WORKDIR /build
ARG EXTRAS=""
# The dependencies are a layer of their own: they change less often than the project.
COPY pyproject.toml uv.lock ./
# Unquoted, because these are several words.
# hadolint ignore=SC2086
RUN uv sync --locked --no-dev --no-install-project ${EXTRAS}
COPY README.md LICENSE ./
COPY contract contract
COPY activities activities
COPY workflows workflows
COPY worker worker
# hadolint ignore=SC2086
RUN uv sync --locked --no-dev --no-editable ${EXTRAS}

FROM python:${PYTHON_TAG}
LABEL org.opencontainers.image.title="polysync-sagemaker" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/polysync-sagemaker /opt/polysync-sagemaker
ENV PATH=/opt/polysync-sagemaker/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, so that Kubernetes can tell that it is not root. Nothing in the image belongs to it.
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["polysync-sagemaker"]
CMD ["worker"]
