# What the worker's identity needs: the policies that 'polysync-sagemaker iam-policy' prints, in templates that are made
# of the same tables ('make docs').

locals {
  policy_values = {
    account    = local.account
    lower_name = lower(var.name)
    name       = var.name
    partition  = local.partition
    queue_arn  = aws_sqs_queue.events.arn
    region     = local.region
    role_arn   = aws_iam_role.execution.arn
  }
}

resource "aws_iam_policy" "worker" {
  name        = "${var.name}-worker"
  description = "Runs the pipeline ${var.name} and reads its events."
  policy      = templatefile("${path.module}/worker-policy.json.tftpl", local.policy_values)
  tags        = var.tags
}

resource "aws_iam_policy" "deployments" {
  count = var.worker_deploys ? 1 : 0

  name        = "${var.name}-deployments"
  description = "Deploys the pipeline ${var.name}."
  policy      = templatefile("${path.module}/deploy-policy.json.tftpl", local.policy_values)
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "worker" {
  count = var.worker_role_name == null ? 0 : 1

  role       = var.worker_role_name
  policy_arn = aws_iam_policy.worker.arn
}

resource "aws_iam_role_policy_attachment" "deployments" {
  count = var.worker_role_name != null && var.worker_deploys ? 1 : 0

  role       = var.worker_role_name
  policy_arn = aws_iam_policy.deployments[0].arn
}
