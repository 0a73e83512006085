package qtasks

import (
	"context"
	"iter"

	"google.golang.org/protobuf/proto"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// List is the tasks that match, newest first, page by page.
func (c *Client) List(ctx context.Context, filter *Filter) iter.Seq2[*Status, error] {
	return func(yield func(*Status, error) bool) {
		request := &qtasksv1.ListRequest{Filter: c.inApp(filter)}
		for {
			page, err := c.tasks.List(ctx, request)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, status := range page.GetTasks() {
				if !yield(status, nil) {
					return
				}
			}
			if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
				return
			}
		}
	}
}

func (c *Client) inApp(filter *Filter) *Filter {
	if filter.GetApp() != "" {
		return filter
	}
	if filter == nil {
		return &Filter{App: c.app}
	}
	mine := proto.CloneOf(filter)
	mine.App = c.app
	return mine
}

// Stats are the figures of the app now.
func (c *Client) Stats(ctx context.Context) (*Stats, error) {
	answer, err := qtasksv1.NewStatsServiceClient(c.conn).
		GetStats(ctx, &qtasksv1.GetStatsRequest{App: c.app})
	return answer.GetStats(), err
}

// DrainWorker lets a worker take no more tasks, finish what it runs, and leave: how many
// tasks it still has to finish.
func (c *Client) DrainWorker(ctx context.Context, workerID string) (int, error) {
	request := &qtasksv1.DrainWorkerRequest{App: c.app, WorkerId: workerID}
	answer, err := qtasksv1.NewWorkerServiceClient(c.conn).DrainWorker(ctx, request)
	return int(answer.GetRunning()), err
}
