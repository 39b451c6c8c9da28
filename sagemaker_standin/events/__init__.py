"""Amazon EventBridge, as far as SageMaker's events go to one SQS queue."""
