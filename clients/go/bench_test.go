package qtasks_test

import (
	"context"
	"testing"

	"github.com/qtasks/qtasks/clients/go"
)

func nothing(context.Context, *qtasks.Task) (any, error) { return nil, nil }

// BenchmarkSubmit: many callers at once, each waits for its receipt.
func BenchmarkSubmit(b *testing.B) {
	client := dial(b)
	b.SetParallelism(50)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := client.Submit(context.Background(), "nobody", 0); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkDo: submit and wait for the result, a worker of Go.
func BenchmarkDo(b *testing.B) {
	client := dial(b)
	serve(b, client, func(w *qtasks.Worker) { w.Handle("nothing", nothing) })
	b.SetParallelism(25)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := qtasks.Do[any](context.Background(), client, "nothing", 0); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkRun: submit and follow to the end.
func BenchmarkRun(b *testing.B) {
	client := dial(b)
	serve(b, client, func(w *qtasks.Worker) { w.Handle("nothing", nothing) })
	b.SetParallelism(25)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			for _, err := range client.Run(context.Background(), "nothing", 0) {
				if err != nil {
					b.Error(err)
				}
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkYields: values of one task, from the worker to who watches.
func BenchmarkYields(b *testing.B) {
	client := dial(b)
	serve(b, client, func(w *qtasks.Worker) { w.Handle("count", count) })
	b.ResetTimer()
	for _, err := range client.Run(context.Background(), "count", b.N) {
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "yields/s")
}
