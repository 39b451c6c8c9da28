"""The base image of the project's Dockerfile, made from Debian, since Docker Hub may be out of reach."""

from typing import Final

from tests.deploy.image.commands import report, run
from tests.deploy.image.engine import Engine

RELEASE: Final = "trixie"
"""Has a Python of the version that the Dockerfile names, and Compose as a plugin."""

_CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
_LIKE_PYTHONS_IMAGE: Final = (
    # The machine's certificates: its package index may stand behind an authority of its own.
    f'cp {_CERTIFICATES} "$1{_CERTIFICATES}"',
    'for name in python python3; do ln -sf /usr/bin/python3 "$1/usr/local/bin/$name"; done',
    'rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',
    # pip out of its wheel: Debian's package of it takes several others, all compiled at their installation.
    """
    cd "$1"; wheel=$(echo usr/share/python-wheels/pip-*.whl)
    printf '#!/bin/sh\\nexec python3 /%s/pip "$@"\\n' "$wheel" >usr/local/bin/pip; chmod +x usr/local/bin/pip
    """,
)
_COMPOSE: Final = (
    'mkdir "$1/opt/compose"; chroot "$1" sh -c "cd /opt/compose && apt-get download -qq docker-compose"; '
    'dpkg-deb -x "$1"/opt/compose/*.deb "{target}"; rm -r "$1/opt/compose"'
)
_WITHOUT: Final = ("usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*")


def make_base_image(engine: Engine, tag: str) -> None:
    """Make Debian with Python and pip, and import it under the tag of Python's official image.

    Compose comes from the same release: the plugin is unpacked into the engine's folder.
    """
    archive, compose = engine.folder / "base.tar", engine.folder / "compose"
    hooks = [*_LIKE_PYTHONS_IMAGE, _COMPOSE.format(target=compose)]
    run(
        [
            *(
                "mmdebstrap",
                "--quiet",
                "--variant=minbase",
                "--include=python3,python3-pip-whl,ca-certificates,netcat-openbsd",
            ),
            # Nothing has to outlive a power cut, so dpkg need not wait for the disk after each file.
            *("--aptopt=Acquire::Languages none", "--dpkgopt=force-unsafe-io"),
            *(f"--dpkgopt=path-exclude=/{path}" for path in _WITHOUT),
            *(f"--customize-hook={hook}" for hook in hooks),
            *(RELEASE, str(archive)),
        ],
        environment=engine.environment,
    )
    certificates = f"SSL_CERT_FILE={_CERTIFICATES} PIP_CERT={_CERTIFICATES}"
    path = "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    engine.docker("import", "--change", f"ENV {path} {certificates}", str(archive), tag)
    archive.unlink()
    plugins = engine.folder / "config" / "cli-plugins"
    plugins.mkdir(parents=True)
    (plugins / "docker-compose").symlink_to(compose / "usr/libexec/docker/cli-plugins/docker-compose")
    version = engine.docker("compose", "version", "--short").strip()
    report(f"base image made from Debian {RELEASE}; Compose {version}")
