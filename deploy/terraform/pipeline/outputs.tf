output "pipeline_arn" {
  description = "ARN of the pipeline."
  value       = aws_sagemaker_pipeline.this.arn
}

output "role_arn" {
  description = "ARN of the execution role; default_role_arn in the worker's platforms file."
  value       = aws_iam_role.execution.arn
}

output "role_name" {
  description = "Name of the execution role, for further policies such as those of a Lambda step."
  value       = aws_iam_role.execution.name
}

output "queue_url" {
  description = "queue_url in [platforms.NAME.events] of the worker's platforms file."
  value       = aws_sqs_queue.events.id
}

output "worker_policy_arn" {
  description = "ARN of the policy that the worker's identity needs."
  value       = aws_iam_policy.worker.arn
}
