"""Amazon SQS, as far as a consumer of EventBridge's events needs it."""
