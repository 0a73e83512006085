package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/qtasks/qtasks/clients/go"
)

func (d *driver) load(ctx context.Context, asked *request) (object, error) {
	return timed(asked, func() error {
		_, err := d.client.Submit(ctx, asked.Name, 0)
		return err
	})
}

func (d *driver) loadRun(ctx context.Context, asked *request) (object, error) {
	return timed(asked, func() error {
		_, err := d.runToEnd(ctx, qtasks.NewCall(asked.Name, 0))
		return err
	})
}

func (d *driver) loadYields(ctx context.Context, asked *request) (object, error) {
	began := time.Now()
	yields, err := d.runToEnd(ctx, qtasks.NewCall(asked.Name, asked.Count))
	return object{"seconds": time.Since(began).Seconds(), "yields": yields}, err
}

func (d *driver) runToEnd(ctx context.Context, call qtasks.Call) (yields int, err error) {
	var status *qtasks.Status
	for event, err := range d.client.RunCall(ctx, call) {
		if err != nil {
			return yields, err
		}
		if event.GetYielded() != nil {
			yields++
		}
		status = event.GetFinished().GetStatus()
	}
	_, err = qtasks.ResultOf[any](status)
	return yields, err
}

// timed calls something `count` times from `inFlight` callers.
func timed(asked *request, call func() error) (object, error) {
	began := time.Now()
	todo := make(chan struct{})
	errs := make(chan error, asked.InFlight)
	var callers sync.WaitGroup
	for range asked.InFlight {
		callers.Add(1)
		go func() {
			defer callers.Done()
			var failed error
			for range todo {
				if failed == nil {
					failed = call()
				}
			}
			errs <- failed
		}()
	}
	for range asked.Count {
		todo <- struct{}{}
	}
	close(todo)
	callers.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return object{"seconds": time.Since(began).Seconds()}, all
}
