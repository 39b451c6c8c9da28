"""The kinds of jobs, and what AWS calls them."""

from enum import StrEnum
from typing import Final


class JobKind(StrEnum):
    """The kinds of jobs."""

    TRAINING = "training"
    PROCESSING = "processing"
    TRANSFORM = "transform"
    LABELING = "labeling"
    TUNING = "tuning"
    AUTOML = "automl"
    AUTOML_V2 = "automl_v2"
    COMPILATION = "compilation"
    INFERENCE_RECOMMENDATION = "inference_recommendation"
    OPTIMIZATION = "optimization"


OUT_OF_TIME: Final = frozenset({"MaxRuntimeExceeded", "MaxWaitTimeExceeded"})
"""SecondaryStatus of training jobs that AWS stopped for their StoppingCondition: a time-out, not a cancel."""

CREATE_OPERATIONS: Final = {
    "CreateTrainingJob": JobKind.TRAINING,
    "CreateProcessingJob": JobKind.PROCESSING,
    "CreateTransformJob": JobKind.TRANSFORM,
    "CreateLabelingJob": JobKind.LABELING,
    "CreateHyperParameterTuningJob": JobKind.TUNING,
    "CreateAutoMLJob": JobKind.AUTOML,
    "CreateAutoMLJobV2": JobKind.AUTOML_V2,
    "CreateCompilationJob": JobKind.COMPILATION,
    "CreateInferenceRecommendationsJob": JobKind.INFERENCE_RECOMMENDATION,
    "CreateOptimizationJob": JobKind.OPTIMIZATION,
}
"""AWS's operation → kind."""

ARN_TYPES: Final = {
    "training-job": (JobKind.TRAINING,),
    "processing-job": (JobKind.PROCESSING,),
    "transform-job": (JobKind.TRANSFORM,),
    "labeling-job": (JobKind.LABELING,),
    "hyper-parameter-tuning-job": (JobKind.TUNING,),
    "automl-job": (JobKind.AUTOML, JobKind.AUTOML_V2),
    "compilation-job": (JobKind.COMPILATION,),
    "inference-recommendations-job": (JobKind.INFERENCE_RECOMMENDATION,),
    "optimization-job": (JobKind.OPTIMIZATION,),
}
"""The first half of an ARN's resource part → kinds."""
