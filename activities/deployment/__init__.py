"""Deploying pipelines: what is deployed, what is wanted, and the calls between them."""
