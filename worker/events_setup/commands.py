"""A set-up as a script of AWS CLI commands, which can be run again: each command leaves what is there already."""

import json
import shlex
from typing import Any, Final

from worker.events_setup.parts import (
    QUEUE_ATTRIBUTES,
    RETRY,
    TARGET_ID,
    UNDELIVERED_ATTRIBUTES,
    Parts,
    reading_policy,
    sending_policy,
)

# Which the script replaces by the ARNs that AWS has returned.
_QUEUE: Final = "QUEUE_ARN"
_UNDELIVERED: Final = "UNDELIVERED_ARN"
_RULE: Final = "RULE_ARN"

_SCRIPT: Final = r"""#!/usr/bin/env bash
# {description}. It can be run again.
set -euo pipefail
{region}
pattern={pattern}
sending={sending}
targets={targets}
reading={reading}

make_queue() {{ # name, attributes; prints the URL
  aws sqs create-queue --queue-name "$1" --attributes "$2" --query QueueUrl --output text
}}

arn_of() {{ # URL of a queue
  aws sqs get-queue-attributes --queue-url "$1" --attribute-names QueueArn --query Attributes.QueueArn --output text
}}

let_only_the_rule_send() {{ # URL and ARN of a queue
  local policy=${{sending//QUEUE_ARN/$2}}
  aws sqs set-queue-attributes --queue-url "$1" --attributes "${{policy//RULE_ARN/$rule_arn}}"
}}

queue_url=$(make_queue {queue} {queue_attributes})
undelivered_url=$(make_queue {undelivered} {undelivered_attributes})
queue_arn=$(arn_of "$queue_url")
undelivered_arn=$(arn_of "$undelivered_url")

rule_arn=$(aws events put-rule --name {rule} --event-pattern "$pattern" --query RuleArn --output text)
let_only_the_rule_send "$queue_url" "$queue_arn"
let_only_the_rule_send "$undelivered_url" "$undelivered_arn"
targets=${{targets//UNDELIVERED_ARN/$undelivered_arn}}
aws events put-targets --rule {rule} --targets "${{targets//QUEUE_ARN/$queue_arn}}"

echo "The policy that the identity of the platform {platform} needs beside its own:"
echo "${{reading//QUEUE_ARN/$queue_arn}}"
echo "In the platforms file:"
echo "[platforms.{platform}.events]"
echo "queue_url = \"$queue_url\""
"""


def script(parts: Parts, *, region: str | None) -> str:
    """Write the script for bash.

    Args:
        parts: What is set up.
        region: Where; the AWS CLI's own if it is None.
    """
    target = {"Id": TARGET_ID, "Arn": _QUEUE, "DeadLetterConfig": {"Arn": _UNDELIVERED}, "RetryPolicy": RETRY}
    quoted_region = shlex.quote(region) if region else ""
    return _SCRIPT.format(
        description=parts.description,
        region=f"export AWS_REGION={quoted_region} AWS_DEFAULT_REGION={quoted_region}\n" if region else "",
        pattern=_quoted(parts.pattern),
        # The policy is a string in JSON: escaping it here leaves bash, old ones too, nothing but ARNs to replace.
        sending=_quoted({"Policy": json.dumps(sending_policy(_QUEUE, _RULE))}),
        targets=_quoted([target]),
        reading=_quoted(reading_policy(_QUEUE)),
        queue=shlex.quote(parts.queue),
        queue_attributes=_attributes(QUEUE_ATTRIBUTES),
        undelivered=shlex.quote(parts.undelivered),
        undelivered_attributes=_attributes(UNDELIVERED_ATTRIBUTES),
        rule=shlex.quote(parts.name),
        platform=parts.platform,
    )


def _attributes(attributes: dict[str, Any]) -> str:
    return _quoted({key: str(value).lower() for key, value in attributes.items()})


def _quoted(document: Any) -> str:
    return shlex.quote(json.dumps(document))
