from tests.workflows.conftest import aws_keys, idle_stage, shared_standin, stage, temporal, web_ui_port

__all__ = ["aws_keys", "idle_stage", "shared_standin", "stage", "temporal", "web_ui_port"]
