"""What sends SageMaker's events to a platform's queue: an EventBridge rule, the queue, and who may use it."""
