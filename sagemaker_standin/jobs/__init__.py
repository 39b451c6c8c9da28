"""The jobs of SageMaker, whether a client created them, a step of a pipeline did, or a tuning job."""
