# Foveate in two images:
#   docker build --target cpu -t foveate:cpu .
#   docker build --target gpu -t foveate:gpu .    [--build-arg TENSORRT=1]
#
# With TENSORRT=1, a container that is told no FOVEATE_RUNTIME takes TensorRT first.
#
# The base is Python's own slim image for both. CUDA's libraries come from the wheels that ONNX Runtime names
# (onnxruntime-gpu[cuda,cudnn]): the versions it was built with, pinned in constraints-gpu.txt, without the
# rest of a CUDA base image; the driver and nvidia-smi are mounted in by the NVIDIA container toolkit. To pin
# the base by digest: --build-arg PYTHON_IMAGE=docker.io/library/python@sha256:...
#
# Behind a package mirror: --secret id=pip,src=pip.conf (and --secret id=ca,src=ca.crt, which it may name as
# cert = /run/secrets/ca). Neither is left in the image.
ARG PYTHON_IMAGE=docker.io/library/python:3.11.14-slim-bookworm


FROM ${PYTHON_IMAGE} AS requirements
WORKDIR /src
COPY pyproject.toml ./
# By themselves, so that another change of the project leaves the layers of its dependencies as they are.
RUN python -c 'import tomllib; \
project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
extras = project["optional-dependencies"]; \
lists = {name: extras[name] for name in ("cpu", "gpu", "nvdec", "tensorrt")}; \
[open(name + ".txt", "w").write("\n".join(project["dependencies"] + lists[name])) for name in lists]'


FROM ${PYTHON_IMAGE} AS build
SHELL ["/bin/sh", "-eu", "-c"]
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# pip lives here; what it installs into, and what is copied from here, has none.
RUN python -m venv /opt/pip && python -m venv --without-pip /opt/foveate
COPY constraints.txt constraints-gpu.txt ./


FROM build AS dependencies-cpu
COPY --from=requirements /src/cpu.txt ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=ca,target=/run/secrets/ca \
    /opt/pip/bin/pip --python /opt/foveate/bin/python install --only-binary :all: \
    --constraint constraints.txt --requirement cpu.txt


FROM build AS dependencies-gpu
COPY --from=requirements /src/gpu.txt /src/nvdec.txt /src/tensorrt.txt ./
# TensorRT's wheels lie on NVIDIA's own index; its package in the registry fetches them from there.
ARG TENSORRT=0
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=ca,target=/run/secrets/ca \
    /opt/pip/bin/pip --python /opt/foveate/bin/python install --only-binary :all: \
    --constraint constraints.txt --constraint constraints-gpu.txt \
    --requirement gpu.txt --requirement nvdec.txt; \
    # PyNvVideoCodec's wheel brings notebooks and scripts, some of them where Foveate's benchmarks go. The source
    # of the FFmpeg in it stays, as its licence asks of whoever passes the image on.
    rm -r /opt/foveate/lib/python3*/site-packages/samples /opt/foveate/lib/python3*/site-packages/benchmarks; \
    if [ "${TENSORRT}" = 1 ]; then \
    /opt/pip/bin/pip --python /opt/foveate/bin/python install \
    --constraint constraints.txt --constraint constraints-gpu.txt --requirement tensorrt.txt; \
    fi; \
    # Into a layer of their own, which is pulled anew only when their versions change.
    mkdir /opt/cuda; \
    for part in nvidia tensorrt_libs; do \
    for folder in /opt/foveate/lib/python3*/site-packages/"${part}"; do \
    if [ -d "${folder}" ]; then mv "${folder}" /opt/cuda/ && ln -s "/opt/cuda/${part}" "${folder}"; fi; \
    done; done


FROM build AS application
# Its build system, of the version in the list, without a separate environment of whatever version is newest.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=ca,target=/run/secrets/ca \
    /opt/pip/bin/pip install --only-binary :all: --constraint constraints.txt setuptools
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY foveate foveate
COPY server server
COPY export export
COPY models models
COPY training training
COPY benchmarks benchmarks
RUN /opt/pip/bin/pip wheel --no-build-isolation --no-deps --no-index --wheel-dir /wheels . \
    && /opt/pip/bin/pip --python /opt/foveate/bin/python install --no-deps --no-index \
    --prefix /opt/application /wheels/*.whl


FROM ${PYTHON_IMAGE} AS runtime
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Foveate" \
      org.opencontainers.image.description="Inference server for video classifiers that look twice" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 foveate \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin foveate \
    && install --directory --owner 10001 --group 10001 /var/cache/foveate
ENV PATH=/opt/foveate/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    FOVEATE_HOST=0.0.0.0 \
    FOVEATE_PORT=8000
EXPOSE 8000
# The server is process 1: it drains at SIGTERM for FOVEATE_DRAIN_S, so give it longer than that.
STOPSIGNAL SIGTERM
ENTRYPOINT ["foveate"]
CMD ["serve"]


FROM runtime AS gpu
COPY --from=dependencies-gpu /opt/cuda /opt/cuda
COPY --from=dependencies-gpu /opt/foveate /opt/foveate
COPY --from=application /opt/application /opt/foveate
# The loader finds CUDA's libraries, whatever the environment says.
RUN find /opt/cuda -type d '(' -name lib -o -name tensorrt_libs ')' > /etc/ld.so.conf.d/foveate-cuda.conf \
    && ldconfig
# compute: CUDA; utility: nvidia-smi, for the health check; video: NVDEC. Which GPUs it gets, the container is
# told. What the driver compiles goes home, into the volume, too.
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility,video \
    NVIDIA_REQUIRE_CUDA="cuda>=13.0" \
    HOME=/var/cache/foveate \
    FOVEATE_ENGINE_CACHE=/var/cache/foveate/engines
VOLUME /var/cache/foveate
USER 10001:10001
# Engines are built before the server is ready; until then nothing is held against it.
HEALTHCHECK --interval=15s --timeout=15s --start-period=30m --retries=3 CMD ["foveate", "health"]


FROM runtime AS cpu
COPY --from=dependencies-cpu /opt/foveate /opt/foveate
COPY --from=application /opt/application /opt/foveate
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=15s --start-period=1m --retries=3 CMD ["foveate", "health"]
