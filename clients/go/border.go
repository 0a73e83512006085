package qtasks

import (
	"context"
	"io"

	"google.golang.org/grpc"
)

// border is where errors of gRPC become those of this package.
type border struct {
	// closing ends when the client is closed.
	closing context.Context
}

// turned is the error that a failed call stands for, or a stream; ctx is its caller's.
func (b border) turned(ctx context.Context, err error) error {
	if b.closing.Err() != nil && err != io.EOF {
		return errClosed
	}
	return fromRPC(ctx, err)
}

func (b border) unary(
	ctx context.Context, method string, request, answer any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	if err := invoke(ctx, method, request, answer, conn, options...); err != nil {
		return b.turned(ctx, err)
	}
	return nil
}

func (b border) stream(
	ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn, method string,
	open grpc.Streamer, options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	stream, err := open(ctx, description, conn, method, options...)
	if err != nil {
		return nil, b.turned(ctx, err)
	}
	return turning{stream, b, ctx}, nil
}

type turning struct {
	grpc.ClientStream
	border border
	// caller is the context that the stream was opened in; the stream's own has ended
	// whenever the stream has, whoever ended it.
	caller context.Context
}

func (t turning) RecvMsg(message any) error {
	if err := t.ClientStream.RecvMsg(message); err != nil {
		return t.border.turned(t.caller, err)
	}
	return nil
}
