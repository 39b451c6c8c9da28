# One pipeline with one Processing step, its role, the worker's policy, and the queue of its events.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40"
    }
  }
}

variable "artifacts_bucket_arn" {
  type        = string
  description = "ARN of the bucket with the pipeline's inputs and outputs."
}

variable "image_repository_arn" {
  type        = string
  description = "ARN of the ECR repository with the step's image."
}

variable "processing_image" {
  type        = string
  description = "URI of the step's image."
}

variable "vpc" {
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  description = "Where the step's job runs; it reaches S3 through an endpoint of the VPC."
}

variable "worker_role_name" {
  type        = string
  description = "Name of the role that the worker's platform has."
}

module "churn_training" {
  source = "../pipeline"

  name                  = "churn-training"
  description           = "Prepares the data of the churn model"
  artifacts_bucket_arn  = var.artifacts_bucket_arn
  artifacts_prefix      = "churn/production"
  image_repository_arns = [var.image_repository_arn]
  vpc                   = var.vpc
  worker_role_name      = var.worker_role_name
  worker_deploys        = true
  max_parallel_steps    = 4

  definition = jsonencode({
    Version    = "2020-12-01"
    Parameters = []
    Steps = [
      {
        Name        = "Preprocess"
        Type        = "Processing"
        CacheConfig = { Enabled = true, ExpireAfter = "P30D" }
        Arguments = {
          ProcessingResources = {
            ClusterConfig = { InstanceType = "ml.m5.xlarge", InstanceCount = 1, VolumeSizeInGB = 30 }
          }
          AppSpecification  = { ImageUri = var.processing_image }
          StoppingCondition = { MaxRuntimeInSeconds = 3600 }
          NetworkConfig = {
            EnableNetworkIsolation = true
            VpcConfig              = { Subnets = var.vpc.subnet_ids, SecurityGroupIds = var.vpc.security_group_ids }
          }
          RoleArn = module.churn_training.role_arn
        }
      }
    ]
  })

  tags = { team = "risk" }
}

output "queue_url" {
  description = "queue_url in [platforms.NAME.events] of the worker's platforms file."
  value       = module.churn_training.queue_url
}
