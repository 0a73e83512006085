package qtasks

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// fromEnvironment says what no option did, with the variables of the Python client.
func (o *options) fromEnvironment(secure bool) error {
	if err := o.tokenFromEnvironment(); err != nil || !secure || o.said.tls {
		return err
	}
	if path := os.Getenv("QTASKS_TLS_CA"); path != "" && !o.said.ca {
		if err := WithCAFile(path)(o); err != nil {
			return err
		}
	}
	cert, key := os.Getenv("QTASKS_TLS_CERT"), os.Getenv("QTASKS_TLS_KEY")
	switch {
	case o.said.cert || cert == "" && key == "":
		return nil
	case cert == "" || key == "":
		return invalid(ErrSettings, "cert", "QTASKS_TLS_CERT and QTASKS_TLS_KEY go together")
	}
	return WithClientCert(cert, key)(o)
}

func (o *options) tokenFromEnvironment() error {
	if o.said.token {
		return nil
	}
	if token := os.Getenv("QTASKS_TOKEN"); token != "" {
		return WithToken(token)(o)
	}
	path := os.Getenv("QTASKS_TOKEN_FILE")
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return unusable(err, "token_file", "the file of the token can't be read: %v", err)
	}
	token := strings.TrimSpace(string(text))
	if !canBeSent(token) {
		return notAToken("token_file")
	}
	o.token = token
	return nil
}

// tellsOthers tells whether a token could be read on the way: in plain text, beyond this
// machine.
func (a address) tellsOthers() bool {
	if a.secure || strings.HasPrefix(a.target, "unix:") {
		return false
	}
	hosts := a.hosts
	if len(hosts) == 0 {
		hosts = []string{strings.TrimPrefix(a.target, "dns:///")}
	}
	return slices.ContainsFunc(hosts, func(host string) bool {
		name, _, err := net.SplitHostPort(host)
		if err != nil { // without a port
			name = host
		}
		ip, err := netip.ParseAddr(name)
		return name != "localhost" && (err != nil || !ip.IsLoopback())
	})
}

// canBeSent tells whether a token can stand in the metadata of a call.
func canBeSent(token string) bool {
	for _, letter := range []byte(token) {
		if letter <= ' ' || letter > '~' {
			return false
		}
	}
	return token != ""
}

func notAToken(setting string) *Error { // which is not shown
	return invalid(ErrSettings, setting,
		"%s must be one token, of ASCII characters without spaces", setting)
}

// unusable is a setting with a file that can't be used.
func unusable(cause error, field, format string, values ...any) *Error {
	failed := invalid(ErrSettings, field, format, values...)
	failed.cause = cause
	return failed
}
