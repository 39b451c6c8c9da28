"""What is known of SageMaker's resources: their operations, members, statuses, keys, logs and console pages."""
