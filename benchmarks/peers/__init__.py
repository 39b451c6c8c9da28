"""The worker beside Apache Airflow's deferrable triggers and the SageMaker Python SDK's `wait()`.

All follow the same timed executions on the same stand-in at the same interval, one system after the other.
"""
