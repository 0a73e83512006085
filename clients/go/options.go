package qtasks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// Option says how a [Client] reaches its broker.
type Option func(*options) error

type options struct {
	app      string
	patience time.Duration
	tls      *tls.Config
	token    string
	dial     []grpc.DialOption
	// said is what an option said, so that the environment is not asked.
	said struct{ tls, ca, cert, token bool }
}

// WithApp works in the namespace of an app other than `QueueTasks`.
func WithApp(name string) Option {
	return func(o *options) error { o.app = name; return nil }
}

// WithPatience keeps trying to submit for so long when a broker that was reached is gone;
// 30 s unless said otherwise.
func WithPatience(length time.Duration) Option {
	return func(o *options) error { o.patience = length; return nil }
}

// WithTLS uses these settings for `grpcs` urls.
func WithTLS(config *tls.Config) Option {
	return func(o *options) error {
		o.tls, o.said.tls = config.Clone(), true
		return nil
	}
}

// WithCAFile trusts the authorities of a PEM file instead of the system's.
func WithCAFile(path string) Option {
	return func(o *options) error {
		pem, err := os.ReadFile(path)
		if err != nil {
			return unusable(err, "ca", "the CA file can't be read: %v", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return invalid(ErrSettings, "ca", "%s has no certificate in PEM form", path)
		}
		o.tls.RootCAs, o.said.ca = pool, true
		return nil
	}
}

// WithClientCert shows a certificate to the broker (mTLS), from PEM files.
func WithClientCert(certFile, keyFile string) Option {
	return func(o *options) error {
		certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return unusable(err, "cert", "the client's certificate can't be used: %v", err)
		}
		o.tls.Certificates, o.said.cert = []tls.Certificate{certificate}, true
		return nil
	}
}

// WithToken sends `authorization: Bearer TOKEN` with every call. Anybody on the way can
// read it unless the url says `grpcs`.
func WithToken(token string) Option {
	return func(o *options) error {
		o.token, o.said.token = token, true
		if token != "" && !canBeSent(token) {
			return notAToken("token")
		}
		return nil
	}
}

// WithDialOptions adds options of gRPC, for tracing and the like.
func WithDialOptions(more ...grpc.DialOption) Option {
	return func(o *options) error { o.dial = append(o.dial, more...); return nil }
}

// bearer sends a token with every call.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return false }

// repeatable are the calls that do the same when they are done twice, because a call whose
// answer was lost may have been done. `Submit` and `Run` are among them because every task
// that this package submits has an id. `DrainWorker` is none: of a worker that has left
// meanwhile the broker would say that there is none.
var repeatable = map[string][]string{
	"TaskService":  {"Submit", "Run", "Get", "Explain", "List", "Watch", "Cancel"},
	"QueueService": {"ListQueues", "PauseQueue", "ResumeQueue"},
	"ScheduleService": {
		"CreateSchedule", "GetSchedule", "ListSchedules", "PauseSchedule", "ResumeSchedule",
	},
	"StatsService": {
		"GetStats", "WatchStats", "ListWorkers", "InspectApp", "InspectTask", "InspectTasks",
	},
	"VariableService": {"GetVariables", "SetVariables"},
}

// serviceConfig has gRPC repeat them while a broker is away for a moment, and spread calls
// over all brokers there are.
func serviceConfig() string {
	type name struct {
		Service string `json:"service"`
		Method  string `json:"method"`
	}
	var names []name
	for service, methods := range repeatable {
		for _, method := range methods {
			names = append(names, name{"qtasks.v1." + service, method})
		}
	}
	text, err := json.Marshal(map[string]any{
		"loadBalancingConfig": []any{map[string]any{"round_robin": struct{}{}}},
		"methodConfig": []any{map[string]any{
			"name": names,
			"retryPolicy": map[string]any{
				"maxAttempts":          5,
				"initialBackoff":       "0.1s",
				"maxBackoff":           "2s",
				"backoffMultiplier":    2,
				"retryableStatusCodes": []string{"UNAVAILABLE"},
			},
		}},
	})
	if err != nil {
		panic(err) // a literal
	}
	return string(text)
}

// dialOptions are what a broker expects of its clients, and what the caller adds.
func (o *options) dialOptions(where address, errors border) []grpc.DialOption {
	security := insecure.NewCredentials()
	if where.secure {
		security = credentials.NewTLS(o.tls)
	}
	dial := []grpc.DialOption{
		grpc.WithTransportCredentials(security),
		grpc.WithDefaultServiceConfig(serviceConfig()),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: 30 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true,
		}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2,
				MaxDelay: time.Second,
			},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithChainUnaryInterceptor(errors.unary),
		grpc.WithChainStreamInterceptor(errors.stream),
	}
	if o.token != "" {
		dial = append(dial, grpc.WithPerRPCCredentials(bearer(o.token)))
	}
	if len(where.hosts) > 0 {
		dial = append(dial, grpc.WithResolvers(where.resolver()))
	}
	return append(dial, o.dial...)
}
