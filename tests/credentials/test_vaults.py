"""Every kind of vault through its official client, against a stand-in of its API."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from activities.aws.connection_errors import SecretUnavailableError, VaultUnavailableError
from activities.aws.secrets.file import FileReader
from activities.aws.secrets.resolver import Secrets
from contract.secret_reference import SecretReference
from tests.credentials.certificates import Authority
from tests.credentials.entra_standin import CLIENT, TENANT, Entra
from tests.credentials.http_server import Reply, Request, serving
from tests.credentials.platform_file import PlatformFile, looked
from tests.workflows.stage import Stage

OPENER = "PLANTEDopener"


@dataclass
class Store:
    """What a stand-in keeps, and how it misbehaves."""

    url: str = ""
    secrets: dict[str, str] = field(default_factory=lambda: {"password": "PLANTEDone"})
    down: bool = False
    forbidden: bool = False
    requests: list[Request] = field(default_factory=list)

    def refusal(self, body: str = "{}") -> Reply | None:
        """How it misbehaves now."""
        if self.down:
            return Reply(body, 503)
        return Reply(body, 403) if self.forbidden else None


def secrets_manager(store: Store, request: Request) -> Reply:
    """GetSecretValue of AWS Secrets Manager (JSON 1.1)."""
    kind = "application/x-amz-json-1.1"
    if store.down:
        return Reply('{"__type": "InternalServiceError", "Message": "down"}', 500, kind)
    if store.forbidden:
        return Reply('{"__type": "AccessDeniedException", "Message": "no"}', 400, kind)
    name = json.loads(request.body)["SecretId"]
    if name not in store.secrets:
        return Reply('{"__type": "ResourceNotFoundException", "Message": "can\'t find it"}', 400, kind)
    return Reply(json.dumps({"Name": name, "SecretString": store.secrets[name]}), content_type=kind)


def key_vault(store: Store, request: Request) -> Reply:
    """Get Secret of Azure Key Vault, with the challenge that its client waits for."""
    if "Authorization" not in request.headers:
        challenge = f'Bearer authorization="https://localhost/{TENANT}", resource="https://vault.azure.net"'
        return Reply("{}", 401, headers={"WWW-Authenticate": challenge})
    if (refusal := store.refusal('{"error": {"code": "Forbidden", "message": "no"}}')) is not None:
        return refusal
    name = request.place.split("/")[2]
    if name not in store.secrets:
        return Reply('{"error": {"code": "SecretNotFound", "message": "not found in this key vault"}}', 404)
    return Reply(json.dumps({"value": store.secrets[name], "id": f"{store.url}/secrets/{name}/1", "attributes": {}}))


def google(store: Store, request: Request) -> Reply:
    """AccessSecretVersion of Google Cloud Secret Manager, over REST."""
    if (refusal := store.refusal('{"error": {"message": "no", "status": "X"}}')) is not None:
        return refusal
    name = request.place.split("/secrets/")[1].split("/")[0]
    if name not in store.secrets:
        return Reply('{"error": {"code": 404, "message": "Secret not found", "status": "NOT_FOUND"}}', 404)
    data = base64.b64encode(store.secrets[name].encode()).decode()
    return Reply(json.dumps({"name": request.place, "payload": {"data": data}}))


def hashicorp(store: Store, request: Request) -> Reply:
    """The key/value engine, version 2, of HashiCorp Vault, and its AppRole login."""
    if (refusal := store.refusal('{"errors": ["permission denied"]}')) is not None:
        return refusal
    if request.place == "/v1/auth/approle/login":
        login = json.loads(request.body)
        if (login["role_id"], login["secret_id"]) != ("role", OPENER):
            return Reply('{"errors": ["invalid role or secret ID"]}', 400)
        return Reply(json.dumps({"auth": {"client_token": OPENER}}))
    if {name.lower(): value for name, value in request.headers.items()}.get("x-vault-token") != OPENER:
        return Reply('{"errors": ["permission denied"]}', 403)
    name = request.place.removeprefix("/v1/secret/data/")
    if name not in store.secrets:
        return Reply('{"errors": []}', 404)
    value = store.secrets[name]
    fields = json.loads(value) if value.startswith("{") else {"value": value}
    return Reply(json.dumps({"data": {"data": fields, "metadata": {"version": 1}}}))


PROVIDERS: dict[str, Callable[[Store, Request], Reply]] = {
    "aws_secrets_manager": secrets_manager,
    "azure_key_vault": key_vault,
    "google_secret_manager": google,
    "hashicorp_vault": hashicorp,
}

TABLES: dict[str, str] = {
    "aws_secrets_manager": 'region = "us-east-1"\nendpoint_url = "{url}"\n'
    '[vaults.v.auth]\nmethod = "access_key"\naccess_key_id = "AKIA"\nsecret_access_key = "vault://env/OPENER"\n',
    "azure_key_vault": 'url = "{url}"\ncredential = "client_secret"\nclient_secret = "vault://env/OPENER"\n'
    f'tenant_id = "{TENANT}"\nclient_id = "{CLIENT}"\nauthority = "{{entra}}"\ndisable_instance_discovery = true\n'
    "verify_challenge_resource = false\n",
    "google_secret_manager": 'project = "polysync"\nendpoint_url = "{url}"\n',
    "hashicorp_vault": 'url = "{url}"\ntoken = "vault://env/OPENER"\n',
}


@contextmanager
def vault(file: PlatformFile, entra: Entra, authority: Authority, provider: str) -> Iterator[tuple[Store, Secrets]]:
    """A running vault, and what resolves its secrets."""
    store = Store()

    def answer(request: Request) -> Reply:
        store.requests.append(request)
        return PROVIDERS[provider](store, request)

    with serving(answer, tls=authority.server if provider == "azure_key_vault" else None) as store.url:
        table = TABLES[provider].format(url=store.url, entra=entra.url)
        file.write(
            f'[platforms.default]\n[vaults.env]\nprovider = "environment"\n[vaults.v]\nprovider = "{provider}"\n{table}'
        )
        calls = file.calls()
        yield store, calls.secrets
        calls.close()


@pytest.fixture(autouse=True)
def ways_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What opens the vaults: a secret of the environment, and Google's Application Default Credentials."""
    monkeypatch.setenv("POLYSYNC_SECRET_OPENER", OPENER)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": "polysync",
        "private_key_id": "1",
        "private_key": key.decode(),
        "client_email": "worker@polysync.iam.gserviceaccount.com",
        "token_uri": "http://127.0.0.1:1/token",
    }
    path = tmp_path / "service-account.json"
    path.write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))


def reference(secret: str, field_name: str | None = None) -> SecretReference:
    """A reference to the vault under test."""
    return SecretReference("v", secret, field_name)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_secret_is_read_at_each_use(file: PlatformFile, entra: Entra, authority: Authority, provider: str) -> None:
    """A rotated value is there at the next one, and a member of a JSON secret can be picked."""
    with vault(file, entra, authority, provider) as (store, secrets):
        assert secrets.resolve(reference("password")) == "PLANTEDone"
        store.secrets["password"] = "PLANTEDtwo"
        assert secrets.resolve(reference("password")) == "PLANTEDtwo"
        store.secrets["database"] = '{"user": "u", "password": "PLANTEDthree"}'
        assert secrets.resolve(reference("database", "password")) == "PLANTEDthree"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_names_vault_and_secret_and_never_a_value(
    file: PlatformFile, entra: Entra, authority: Authority, provider: str
) -> None:
    """No such secret, no such member, no permission: final, and the next use may succeed again."""
    with vault(file, entra, authority, provider) as (store, secrets):
        store.secrets["database"] = '{"user": "PLANTEDuser", "password": "PLANTEDthree"}'
        for missing in (reference("missing"), reference("database", "member")):
            with pytest.raises(SecretUnavailableError, match=f"the secret {missing} cannot be used") as raised:
                secrets.resolve(missing)
            assert "PLANTED" not in repr(raised.value)
        store.forbidden = True
        with pytest.raises(SecretUnavailableError, match="vault://v/password"):
            secrets.resolve(reference("password"))
        store.forbidden = False
        assert secrets.resolve(reference("password")) == "PLANTEDone"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_outage_is_told_from_a_refusal(
    file: PlatformFile, entra: Entra, authority: Authority, provider: str
) -> None:
    """What is down now may be up at the next attempt."""
    with vault(file, entra, authority, provider) as (store, secrets):
        store.down = True
        with pytest.raises(VaultUnavailableError, match="the vault 'v' does not give the secret 'password' now"):
            secrets.resolve(reference("password"))
        store.down = False
        assert secrets.resolve(reference("password")) == "PLANTEDone"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nobody_listens(file: PlatformFile, entra: Entra, authority: Authority, provider: str) -> None:
    """A refused connection is an outage, too."""
    with vault(file, entra, authority, provider) as (_, secrets):
        pass
    with pytest.raises(VaultUnavailableError):
        secrets.resolve(reference("password"))


def test_an_approle_opens_hashicorps_vault(file: PlatformFile, entra: Entra, authority: Authority) -> None:
    """Instead of a token; a wrong one is a refusal."""
    with vault(file, entra, authority, "hashicorp_vault") as (_, _secrets):
        text = file.path.read_text()
        role = 'role_id = "role"\nsecret_id = "vault://env/OPENER"\n'
        file.write(text.replace('token = "vault://env/OPENER"\n', role))
        calls = file.calls()
        assert calls.secrets.resolve(reference("password")) == "PLANTEDone"
        calls.close()
        file.write(text.replace('token = "vault://env/OPENER"\n', role.replace('"role"', '"another"')))
        calls = file.calls()
        with pytest.raises(SecretUnavailableError, match="invalid role or secret ID"):
            calls.secrets.resolve(reference("password"))
        calls.close()


def test_files_and_variables_are_read_at_each_use(file: PlatformFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered, and nothing outside the vault can be reached."""
    file.write(
        f'[platforms.default]\n[vaults.v]\nprovider = "file"\ndirectory = "{file.folder}"\n'
        '[vaults.env]\nprovider = "environment"\n'
    )
    secrets = file.calls().secrets
    for value in ("PLANTEDone", "PLANTEDtwo"):
        file.put("password", value + "\n")
        assert secrets.resolve(reference("password")) == value
        monkeypatch.setenv("POLYSYNC_SECRET_X", value)
        assert secrets.resolve(SecretReference("env", "X")) == value
    assert "PATH" in os.environ
    for outside in (reference("../password"), reference("/etc/hostname"), SecretReference("env", "PATH")):
        with pytest.raises(SecretUnavailableError):
            secrets.resolve(outside)
    file.put("empty", "\n")
    with pytest.raises(SecretUnavailableError, match="it is empty"):
        secrets.resolve(reference("empty"))


def test_links_of_a_file_vault_stay_within_its_directory(file: PlatformFile, tmp_path: Path) -> None:
    """Kubernetes mounts secrets as links within the directory; a link that leaves it would open other files."""
    directory, outside = tmp_path / "mounted", tmp_path / "outside"
    (directory / "..data").mkdir(parents=True)
    outside.mkdir()
    (outside / "password").write_text("PLANTEDoutside")
    (directory / "..data" / "inside").write_text("PLANTEDinside")
    (directory / "inside").symlink_to(Path("..data") / "inside")
    (directory / "file").symlink_to(outside / "password")
    (directory / "folder").symlink_to(outside)
    (directory / "loop").symlink_to(directory / "loop")
    file.write(f'[platforms.default]\n[vaults.v]\nprovider = "file"\ndirectory = "{directory}"\n')
    secrets = file.calls().secrets
    assert secrets.resolve(reference("inside")) == "PLANTEDinside"
    for name in ("file", "folder/password", "loop"):
        with pytest.raises(SecretUnavailableError) as raised:
            secrets.resolve(reference(name))
        assert "PLANTED" not in str(raised.value)


@pytest.mark.parametrize("secret", ["a\u0000b", "\ud800", "a/" * 3000, "x" * 300])
@pytest.mark.parametrize("vault", ["v", "env"])
def test_a_name_that_no_vault_can_have_is_refused(file: PlatformFile, vault: str, secret: str) -> None:
    """Whatever the operating system makes of it."""
    file.write(
        f'[platforms.default]\n[vaults.v]\nprovider = "file"\ndirectory = "{file.folder}"\n'
        '[vaults.env]\nprovider = "environment"\n'
    )
    with pytest.raises(SecretUnavailableError):
        file.calls().secrets.resolve(SecretReference(vault, secret))


def test_a_client_that_fails_in_an_unknown_way_is_named(file: PlatformFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the error's type: its text could quote the secret."""

    def read(*_: object) -> str:
        raise LookupError("PLANTED")

    file.put("password", "x")
    file.write(f'[platforms.default]\n[vaults.v]\nprovider = "file"\ndirectory = "{file.folder}"\n')
    monkeypatch.setattr(FileReader, "read", read)
    with pytest.raises(SecretUnavailableError, match="its vault's client failed with LookupError") as raised:
        file.calls().secrets.resolve(reference("password"))
    assert "PLANTED" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "vault://v",
        "vault://v/",
        "vault:///s",
        "vault://v/a b",
        "vault://v/s#",
        "vault://-/s",
        "v/s",
        "",
        "vault://files/a\u0000b",
        "vault://v/s#a\x7fb",
        "vault://v/\ud800",
    ],
)
def test_a_malformed_reference_is_refused(text: str) -> None:
    """Without being repeated: it may be a secret that somebody put into the wrong place."""
    with pytest.raises(ValueError, match="must be a reference vault://<vault>/<secret>") as raised:
        SecretReference.parse(text)
    assert not text or f"'{text}'" not in str(raised.value)


@pytest.mark.parametrize(
    "text", ["vault://v/s", "vault://my-vault/path/to/secret#field", "vault://v/arn:aws:x:secret:n"]
)
def test_a_reference_reads_as_it_is_written(text: str) -> None:
    """Polysync's own syntax, and a field where a secret has several."""
    assert str(SecretReference.parse(text)) == text


async def test_keys_of_a_vault_outlive_its_outage(
    file: PlatformFile, entra: Entra, authority: Authority, stage: Stage
) -> None:
    """They are held for minutes; AWS's refusal has them read again at once, and the rotated ones are used."""
    with vault(file, entra, authority, "hashicorp_vault") as (store, _):
        store.secrets["aws"] = '{"id": "AKIAONE", "key": "PLANTEDone"}'
        auth = "access_key_id = 'vault://v/aws#id'\nsecret_access_key = 'vault://v/aws#key'\n"
        table = f"region = 'us-east-1'\nendpoint_url = '{stage.standin.url}'\n"
        table += f"[platforms.default.auth]\nmethod = 'access_key'\n{auth}"
        file.write(file.path.read_text().replace("[platforms.default]\n", f"[platforms.default]\n{table}"))
        calls = file.calls()
        await looked(calls)
        store.down = True
        await looked(calls)
        store.down = False
        store.secrets["aws"] = '{"id": "AKIATWO", "key": "PLANTEDtwo"}'
        stage.standin.control("POST", "/access-keys", {"accepted": ["AKIATWO"]})
        await looked(calls)
        assert stage.standin.control("GET", "/access-keys")["used"] == {"AKIAONE": 1, "AKIATWO": 1}
        calls.close()
