resource "aws_sagemaker_pipeline" "this" {
  pipeline_name         = var.name
  pipeline_display_name = var.name
  pipeline_description  = var.description
  role_arn              = aws_iam_role.execution.arn
  pipeline_definition   = var.definition
  tags                  = var.tags

  dynamic "parallelism_configuration" {
    for_each = var.max_parallel_steps == null ? [] : [var.max_parallel_steps]

    content {
      max_parallel_execution_steps = parallelism_configuration.value
    }
  }

  # A role without its permissions would fail the first execution.
  depends_on = [aws_iam_role_policy.execution, aws_iam_role_policy.network]
}
