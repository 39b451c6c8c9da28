"""A stand-in for Amazon SageMaker: pipelines and jobs over AWS's wire protocol, a scalable clock, faults.

Run it with `python -m sagemaker_standin` and point an unchanged boto3 client's `endpoint_url` at the address that
it prints.
"""
