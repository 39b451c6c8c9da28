variable "name" {
  type        = string
  description = "Name of the pipeline; the names of the role, the policies, the rule and the queues begin so."

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,39}$", var.name))
    error_message = "The name must be 1 to 40 letters, digits and inner hyphens."
  }
}

variable "definition" {
  type        = string
  description = "The pipeline definition as JSON, from file() or jsonencode()."
}

variable "artifacts_bucket_arn" {
  type        = string
  description = "ARN of the bucket with the pipeline's inputs and outputs."
}

variable "artifacts_prefix" {
  type        = string
  description = "Beginning of the keys that the pipeline reads and writes, without a slash at its end."
}

variable "image_repository_arns" {
  type        = list(string)
  description = "ARNs of the ECR repositories with the images of the steps."
  default     = []
}

variable "kms_key_arns" {
  type        = list(string)
  description = "ARNs of the KMS keys of the bucket and of the jobs' volumes."
  default     = []
}

variable "vpc" {
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  description = "Subnets and security groups in the VpcConfig of the steps' jobs; null for jobs outside a VPC."
  default     = null

  validation {
    condition     = var.vpc == null || try(length(var.vpc.subnet_ids) > 0 && length(var.vpc.security_group_ids) > 0, false)
    error_message = "A vpc needs at least one subnet and one security group."
  }
}

variable "description" {
  type        = string
  description = "Description of the pipeline."
  default     = null
}

variable "max_parallel_steps" {
  type        = number
  description = "The most steps of an execution that run at once; null for SageMaker's own bound."
  default     = null
}

variable "worker_role_name" {
  type        = string
  description = "Name of the role that the worker's platform has; the policies are attached to it. Null attaches them to nothing."
  default     = null
}

variable "worker_deploys" {
  type        = bool
  description = "Whether the worker may deploy the pipeline as well ('polysync-sagemaker pipelines apply')."
  default     = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything that the module makes."
  default     = {}
}
