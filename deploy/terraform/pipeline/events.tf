# What tells the worker of an end when it happens, as 'polysync-sagemaker events-setup' prints it: a rule, a queue that
# only the rule may send to, and a queue for what could not be delivered.

resource "aws_sqs_queue" "events" {
  name                       = "${var.name}-events"
  message_retention_seconds  = 300
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = 10
  sqs_managed_sse_enabled    = true
  tags                       = var.tags
}

resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-undelivered"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

resource "aws_cloudwatch_event_rule" "this" {
  name        = "${var.name}-events"
  description = "SageMaker's events of the pipeline ${var.name}"
  tags        = var.tags

  event_pattern = templatefile("${path.module}/event-pattern.json.tftpl", {
    lower_name = lower(var.name)
    name       = var.name
  })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "queue"
  arn       = aws_sqs_queue.events.arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 300
    maximum_retry_attempts       = 185
  }
}

resource "aws_sqs_queue_policy" "this" {
  for_each = { events = aws_sqs_queue.events, undelivered = aws_sqs_queue.undelivered }

  queue_url = each.value.id
  policy = templatefile("${path.module}/queue-policy.json.tftpl", {
    queue_arn = each.value.arn
    rule_arn  = aws_cloudwatch_event_rule.this.arn
  })
}
