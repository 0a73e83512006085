package qtasks

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
)

const (
	defaultPort = "50051"
	defaultURL  = "grpc://127.0.0.1:" + defaultPort
)

// address is where brokers are.
type address struct {
	target string
	secure bool
	// hosts are several brokers, for which gRPC in Go has no target of its own.
	hosts []string
}

// parseURL reads a broker's url.
//
//   - grpc://HOST:PORT: a broker by name or IP address.
//   - grpc://IP:PORT,IP:PORT: several brokers, by their addresses.
//   - grpc+dns:///NAME:PORT: every address the name has.
//   - grpc+unix:/PATH: a socket of this machine.
//
// With grpcs in place of grpc, over TLS. Calls go in turn to all that answer.
func parseURL(url string) (address, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	base, kind, _ := strings.Cut(scheme, "+")
	if base != "grpc" && base != "grpcs" {
		return address{}, notAnAddress(url)
	}
	where := address{secure: base == "grpcs"}
	switch {
	case kind == "dns" && strings.HasPrefix(rest, "/"):
		where.target = "dns:" + rest
	case kind == "unix" && rest != "":
		where.target = "unix:" + rest
	case kind == "" && strings.HasPrefix(rest, "//"):
		hosts, err := splitHosts(url, strings.TrimRight(rest[2:], "/"))
		if err != nil {
			return address{}, err
		}
		where.target = "dns:///" + hosts[0]
		if len(hosts) > 1 {
			where.target, where.hosts = "qtasks:///brokers", hosts
		}
	default:
		return address{}, notAnAddress(url)
	}
	return where, nil
}

func notAnAddress(url string) *Error {
	return invalid(ErrSettings, "url",
		"%q is not the address of a broker; use grpc://HOST:PORT", url)
}

func splitHosts(url, text string) ([]string, error) {
	var hosts []string
	named := false
	for part := range strings.SplitSeq(text, ",") {
		host, port, err := net.SplitHostPort(part)
		if err != nil { // no port, or not an address at all
			host, port = strings.TrimSuffix(strings.TrimPrefix(part, "["), "]"), defaultPort
		}
		_, notIP := netip.ParseAddr(host)
		_, notPort := strconv.ParseUint(port, 10, 16)
		if host == "" || notPort != nil || strings.ContainsAny(host, "/@?# ") ||
			notIP != nil && strings.Contains(host, ":") {
			return nil, invalid(ErrSettings, "url",
				"%q has no usable host and port; use grpc://HOST:PORT", url)
		}
		named = named || notIP != nil
		hosts = append(hosts, net.JoinHostPort(host, port))
	}
	if len(hosts) > 1 && named {
		return nil, invalid(ErrSettings, "url", "%q: several hosts must be IP addresses; for "+
			"names, give one that has the address of every broker: grpc+dns:///NAME:PORT", url)
	}
	return hosts, nil
}

// resolver gives gRPC the addresses of several brokers.
func (a address) resolver() resolver.Builder {
	builder := manual.NewBuilderWithScheme("qtasks")
	var state resolver.State
	for _, host := range a.hosts {
		name, _, _ := net.SplitHostPort(host) // made by JoinHostPort
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{
			Addresses: []resolver.Address{{Addr: host, ServerName: name}},
		})
	}
	builder.InitialState(state)
	return builder
}
