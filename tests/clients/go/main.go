// What a caller in Go does: starts runs, queries, signals, updates, and reads results and failures.
// Prints one JSON document. Keys are written as Go callers like them; documents come in snake_case.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
)

const (
	longestWait = 30 * time.Second
	pollEvery   = 100 * time.Millisecond
)

type document = map[string]any

type failure struct {
	Type         string     `json:"type"`
	Message      string     `json:"message"`
	NonRetryable bool       `json:"nonRetryable"`
	Details      []document `json:"details"`
}

type caller struct {
	client    client.Client
	taskQueue string
	prefix    string
}

// silent keeps the client's log out of the output.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

var _ log.Logger = silent{}

func (c caller) start(ctx context.Context, name string, input document) client.WorkflowRun {
	options := client.StartWorkflowOptions{ID: c.prefix + "-" + name, TaskQueue: c.taskQueue}
	return must(c.client.ExecuteWorkflow(ctx, options, "SageMakerPipelineRun", input))
}

func (c caller) status(ctx context.Context, run client.WorkflowRun) document {
	var found document
	check(must(c.client.QueryWorkflow(ctx, run.GetID(), "", "status")).Get(&found))
	return found
}

func (c caller) reaches(ctx context.Context, run client.WorkflowRun, condition func(document) bool) document {
	giveUpAt := time.Now().Add(longestWait)
	for {
		found := c.status(ctx, run)
		if condition(found) {
			return found
		}
		if time.Now().After(giveUpAt) {
			check(fmt.Errorf("the run stays at %v", found))
		}
		time.Sleep(pollEvery)
	}
}

func (c caller) update(ctx context.Context, run client.WorkflowRun, name string, input document) (document, error) {
	handle, err := c.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   run.GetID(),
		UpdateName:   name,
		Args:         []any{input},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return nil, err
	}
	var answer document
	err = handle.Get(ctx, &answer)
	return answer, err
}

func failureOf(err error) failure {
	var found *temporal.ApplicationError
	if !errors.As(err, &found) {
		check(fmt.Errorf("not an application failure: %w", err))
	}
	told := failure{found.Type(), found.Message(), found.NonRetryable(), []document{}}
	if found.HasDetails() {
		var detail document
		check(found.Details(&detail))
		told.Details = append(told.Details, detail)
	}
	return told
}

func resultOf(ctx context.Context, run client.WorkflowRun) document {
	var found document
	check(run.Get(ctx, &found))
	return found
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	connection := must(client.Dial(client.Options{HostPort: os.Args[1], Logger: silent{}}))
	defer connection.Close()
	c := caller{connection, os.Args[2], os.Args[3]}

	failing := document{"TrainingFailure": "AlgorithmError: out of memory", "TrainingSeconds": 1}
	finished := c.start(ctx, "finished", document{"PipelineName": "quick-check", "Parameters": []any{}, "DisplayName": nil, "PollInterval": 1.5})
	cancelled := c.start(ctx, "cancelled", document{"pipelineName": "churn-training", "parameters": document{"TrainingSeconds": 100_000, "AucThreshold": 0.85}})
	failed := c.start(ctx, "failed", document{"PipelineName": "churn-training", "Parameters": failing})
	refused := c.start(ctx, "refused", document{"PipelineNme": "quick-check"})
	undecided := c.start(ctx, "undecided", document{"PipelineName": "churn-training", "Parameters": failing, "OnFailure": "wait"})

	running := c.reaches(ctx, cancelled, func(found document) bool { return found["run_id"] != nil && found["status"] == "Running" })
	_, refusedUpdate := c.update(ctx, cancelled, "retry", document{})
	check(c.client.SignalWorkflow(ctx, cancelled.GetID(), "", "cancel", document{"Reason": "not today"}))
	c.reaches(ctx, undecided, func(found document) bool { return found["phase"] == "WaitingForDecision" })
	decision := must(c.update(ctx, undecided, "give_up", document{"Reason": "no use"}))
	platform := must(connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: c.prefix + "-check", TaskQueue: c.taskQueue}, "SageMakerPlatformCheck"))

	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"finished":      resultOf(ctx, finished),
		"running":       running,
		"cancelled":     resultOf(ctx, cancelled),
		"failed":        failureOf(failed.Get(ctx, nil)),
		"refused":       failureOf(refused.Get(ctx, nil)),
		"refusedUpdate": failureOf(refusedUpdate),
		"decision":      decision,
		"givenUp":       failureOf(undecided.Get(ctx, nil)),
		"afterwards":    c.status(ctx, failed),
		"check":         resultOf(ctx, platform),
	}))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
