"""Writes the JSON templates of the Terraform module from the tables: `python -m tests.deploy.terraform_templates`."""

import json
from pathlib import Path
from typing import Any, Final

from activities.aws.event_permissions import event_statement
from activities.aws.identity_policy import identity_policy
from activities.aws.permissions import Feature
from activities.aws.place import Place
from worker.events_setup.parts import sending_policy
from worker.events_setup.rule import Wanted

MODULE: Final = Path(__file__).parents[2] / "deploy" / "terraform" / "pipeline"

_PLACE: Final = Place("${partition}", "${region}", "${account}")
_NAMES: Final = ("${name}", "${lower_name}")


def templates() -> dict[str, Any]:
    """The documents by the names of their files; what Terraform fills in stands in them as `${…}`."""
    runs = identity_policy(_PLACE, _NAMES, [Feature.RUNS, Feature.DISCOVERY])
    return {
        "worker-policy.json.tftpl": {**runs, "Statement": [*runs["Statement"], event_statement("${queue_arn}")]},
        "deploy-policy.json.tftpl": identity_policy(
            _PLACE, _NAMES, [Feature.DEPLOYMENTS, Feature.ROLES], ["${role_arn}"]
        ),
        "event-pattern.json.tftpl": Wanted(["${name}", "${lower_name}"], {}).pattern(),
        "queue-policy.json.tftpl": sending_policy("${queue_arn}", "${rule_arn}"),
    }


def written(document: Any) -> str:
    """The text of a template."""
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    for name, document in templates().items():
        (MODULE / name).write_text(written(document), encoding="utf-8")
