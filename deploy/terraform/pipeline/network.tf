# What jobs with a VpcConfig need beside: SageMaker puts network interfaces of theirs into the pipeline's own subnets,
# lets its instances use them, and deletes them after the job.

locals {
  ec2     = "arn:${local.partition}:ec2:${local.region}:${local.account}"
  subnets = var.vpc == null ? [] : [for id in var.vpc.subnet_ids : "${local.ec2}:subnet/${id}"]
  groups  = var.vpc == null ? [] : [for id in var.vpc.security_group_ids : "${local.ec2}:security-group/${id}"]
}

data "aws_iam_policy_document" "network" {
  count = var.vpc == null ? 0 : 1

  statement {
    sid       = "CreateNetworkInterfaces"
    actions   = ["ec2:CreateNetworkInterface"]
    resources = concat(["${local.ec2}:network-interface/*"], local.subnets, local.groups)
  }

  statement {
    sid = "UseAndDeleteNetworkInterfaces"
    actions = [
      "ec2:CreateNetworkInterfacePermission",
      "ec2:DeleteNetworkInterface",
      "ec2:DeleteNetworkInterfacePermission",
    ]
    resources = ["${local.ec2}:network-interface/*"]

    condition {
      test     = "ArnEquals"
      variable = "ec2:Subnet"
      values   = local.subnets
    }
  }

  # EC2 grants its Describe operations on everything only.
  statement {
    sid = "DescribeNetwork"
    actions = [
      "ec2:DescribeDhcpOptions",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "ec2:Region"
      values   = [local.region]
    }
  }
}

resource "aws_iam_role_policy" "network" {
  count = var.vpc == null ? 0 : 1

  name   = "network"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.network[0].json
}
