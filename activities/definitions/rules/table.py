"""The table of rules, in the order in which findings of one step are shown."""

from typing import Final

from activities.definitions.rules import caching, governance, jobs, shape
from activities.definitions.rules.rule import Rule, Severity

_GUIDE: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg"
_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"
_SCHEMA: Final = "https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/"

JSON: Final = Rule(
    id="json",
    severity=Severity.ERROR,
    finds="The file is no definition: not JSON, too long, or not of the form that AWS takes.",
    remedy="Give the JSON that CreatePipeline takes, of schema 2020-12-01 and up to 1,048,576 characters.",
    link=_SCHEMA,
    check=shape.form,
)

RULES: Final = (
    JSON,
    Rule(
        id="names",
        severity=Severity.ERROR,
        finds="A name that AWS does not take, or that two steps or two parameters have, also inside branches.",
        remedy="Give each step and each parameter a name of its own.",
        link=f"{_GUIDE}/build-and-manage-steps.html",
        check=shape.names,
    ),
    Rule(
        id="refs",
        severity=Severity.ERROR,
        finds="A reference to a step or parameter that is not there, or steps that wait for each other.",
        remedy="Correct the name, or declare what it refers to; take one step out of the circle.",
        link=f"{_GUIDE}/build-and-manage-properties.html",
        check=shape.refs,
    ),
    Rule(
        id="limits",
        severity=Severity.WARNING,
        regulated=Severity.ERROR,
        finds="More parameters (an error), processing inputs or tags than AWS takes.",
        remedy="Use fewer: one input can be a prefix with several files.",
        link=f"{_API}/API_CreateProcessingJob.html",
        check=shape.limits,
    ),
    Rule(
        id="cache-off",
        severity=Severity.WARNING,
        finds="A step that could have a cache has no CacheConfig.",
        remedy='Add "CacheConfig": {"Enabled": true, "ExpireAfter": "P30D"}, or {"Enabled": false} to say that '
        "it must run each time.",
        link=f"{_GUIDE}/pipelines-caching-enabling.html",
        check=caching.cache_off,
    ),
    Rule(
        id="cache-noise",
        severity=Severity.WARNING,
        finds="The cache key of a step with a cache holds a time stamp, a UUID, sagemaker_job_name, or the execution.",
        remedy="Use names that only change with their contents, such as a hash or a version.",
        link=f"{_GUIDE}/pipelines-default-keys.html",
        check=caching.cache_noise,
    ),
    Rule(
        id="no-retry",
        severity=Severity.WARNING,
        finds="A step with a job retries neither Step.SERVICE_FAULT nor Step.THROTTLING nor SageMaker.CAPACITY_ERROR.",
        remedy='Add "RetryPolicies": [{"ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"], '
        '"IntervalSeconds": 30, "BackoffRate": 2, "MaxAttempts": 5}].',
        link=f"{_GUIDE}/pipelines-retry-policy.html",
        check=jobs.no_retry,
    ),
    Rule(
        id="spot-no-checkpoint",
        severity=Severity.WARNING,
        finds="Training on spot instances has no CheckpointConfig.",
        remedy="Add CheckpointConfig with an S3Uri, and let the training write checkpoints.",
        link=f"{_GUIDE}/model-managed-spot-training.html",
        check=jobs.spot_no_checkpoint,
    ),
    Rule(
        id="spot-wait",
        severity=Severity.WARNING,
        regulated=Severity.ERROR,
        finds="Training on spot instances has no MaxWaitTimeInSeconds, or one below MaxRuntimeInSeconds.",
        remedy="Set StoppingCondition.MaxWaitTimeInSeconds to MaxRuntimeInSeconds or more.",
        link=f"{_API}/API_StoppingCondition.html",
        check=jobs.spot_wait,
    ),
    Rule(
        id="warm-pool",
        severity=Severity.WARNING,
        finds="A warm pool is kept for more than an hour, or belongs to a tuning job.",
        remedy="Set KeepAlivePeriodInSeconds to 3600 or less, in training steps only.",
        link=f"{_GUIDE}/train-warm-pools.html",
        check=jobs.warm_pool,
    ),
    Rule(
        id="runtime",
        severity=Severity.WARNING,
        finds="A training or processing job has no MaxRuntimeInSeconds.",
        remedy='Add "StoppingCondition": {"MaxRuntimeInSeconds": 7200}, with the longest time that is still normal.',
        link=f"{_API}/API_StoppingCondition.html",
        check=jobs.runtime,
    ),
    Rule(
        id="lambda-10min",
        severity=Severity.INFO,
        finds="A Lambda step ends after 10 minutes.",
        remedy="Use a Callback step for what may take longer.",
        link=f"{_GUIDE}/build-and-manage-steps-types.html",
        check=jobs.lambda_10min,
    ),
    Rule(
        id="approval",
        severity=Severity.WARNING,
        finds="RegisterModel writes Approved itself, also by a parameter's default.",
        remedy="Register models as PendingManualApproval.",
        link=f"{_GUIDE}/model-registry-approve.html",
        check=jobs.approval,
    ),
    Rule(
        id="secret",
        severity=Severity.WARNING,
        regulated=Severity.ERROR,
        finds="A value that is or may be a secret: everyone who may call DescribePipeline reads it.",
        remedy="Replace the secret, which is known by now, and let the job read it from a vault by its name.",
        link=f"{_API}/API_DescribePipeline.html",
        check=governance.secret,
    ),
    Rule(
        id="prefix",
        severity=Severity.WARNING,
        regulated=Severity.ERROR,
        finds="Artifacts go to a place outside --artifact-prefix.",
        remedy="Let the step write below the prefix.",
        link=f"{_GUIDE}/build-and-manage-steps.html",
        check=governance.prefix,
    ),
    Rule(
        id="isolation",
        severity=None,
        regulated=Severity.ERROR,
        finds="A training or processing job or a model does not isolate its container from the network.",
        remedy="Set EnableNetworkIsolation to true.",
        link=f"{_GUIDE}/mkt-algo-model-internet-free.html",
        check=governance.isolation,
    ),
    Rule(
        id="vpc",
        severity=None,
        regulated=Severity.ERROR,
        finds="A job or model has no VpcConfig.",
        remedy="Add VpcConfig with Subnets and SecurityGroupIds.",
        link=f"{_GUIDE}/train-vpc.html",
        check=governance.vpc,
    ),
    Rule(
        id="encryption",
        severity=None,
        regulated=Severity.ERROR,
        finds="A job's disks or results have no KMS key of yours, or several instances exchange data in clear.",
        remedy="Name a KMS key, or turn EnableInterContainerTrafficEncryption on.",
        link=f"{_GUIDE}/encryption-at-rest.html",
        check=governance.encryption,
    ),
)

BY_ID: Final = {rule.id: rule for rule in RULES}
