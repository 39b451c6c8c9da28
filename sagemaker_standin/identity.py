"""STS's GetCallerIdentity in AWS's query protocol, so that nothing on the embedded stack asks AWS who it is."""

import uuid
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from sagemaker_standin.arns import Account

_NAMESPACE: Final = "https://sts.amazonaws.com/doc/2011-06-15/"


async def asks_sts(http: Request) -> bool:
    """Whether a request is meant for STS: only the query protocol sends forms."""
    is_form = http.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return is_form and b"Action=GetCallerIdentity" in await http.body()


def caller_identity(account: Account) -> Response:
    """Answer that the caller is the worker's role in the stand-in's account."""
    arn = f"arn:{account.partition}:sts::{account.account_id}:assumed-role/worker/session"
    return Response(
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}"><GetCallerIdentityResult><Arn>{arn}</Arn>'
        f"<UserId>AROAEXAMPLE:session</UserId><Account>{account.account_id}</Account></GetCallerIdentityResult>"
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
        media_type="text/xml",
    )
