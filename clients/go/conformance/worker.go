package main

import (
	"context"

	"github.com/qtasks/qtasks/clients/go"
)

func driveWorker(ctx context.Context, client *qtasks.Client, given settings) error { return nil }
