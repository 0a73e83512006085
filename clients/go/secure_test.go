package qtasks_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/qtasks/qtasks/clients/go"
)

// authority signs certificates for a test, and writes them to its folder.
type authority struct {
	t      *testing.T
	folder string
	key    *ecdsa.PrivateKey
	parent *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, folder: t.TempDir()}
	a.parent = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	a.key = a.issue("ca", a.parent)
	return a
}

// issue writes NAME.pem and NAME-key.pem.
func (a *authority) issue(name string, certificate *x509.Certificate) *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key
	}
	signed, err := x509.CreateCertificate(rand.Reader, certificate, a.parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}))
	a.write(name+"-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return key
}

func (a *authority) person(name string, serial int64) {
	a.issue(name, &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{
			x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth,
		},
	})
}

func (a *authority) path(name string) string { return filepath.Join(a.folder, name) }

func (a *authority) write(name string, data []byte) {
	a.t.Helper()
	if err := os.WriteFile(a.path(name), data, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func TestTLSCertificatesAndTokens(t *testing.T) {
	available(t)
	a := newAuthority(t)
	a.person("broker", 2)
	a.person("client", 3)
	a.write("tokens", []byte("the-token-of-the-tests\n"))
	guarded, err := startBroker("--port", "0", "--storage", "memory://",
		"--tls-cert", a.path("broker.pem"), "--tls-key", a.path("broker-key.pem"),
		"--tls-client-ca", a.path("ca.pem"), "--tokens-file", a.path("tokens"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guarded.stop)
	url := "grpcs://" + guarded.address

	trust := qtasks.WithCAFile(a.path("ca.pem"))
	shows := qtasks.WithClientCert(a.path("client.pem"), a.path("client-key.pem"))
	token := qtasks.WithToken("the-token-of-the-tests")
	client := dialAt(t, url, trust, shows, token)
	serve(t, client, func(w *qtasks.Worker) { w.Handle("count", count) })
	if result, err := qtasks.Do[int](within(t), client, "count", 3); result != 3 || err != nil {
		t.Errorf("with all that it takes: %d, %v", result, err)
	}
	for name, refused := range map[string]struct {
		options []qtasks.Option
		reason  error
	}{
		"an authority it does not know": {
			[]qtasks.Option{shows, token}, qtasks.ErrBrokerUnavailable,
		},
		"no certificate": {[]qtasks.Option{trust, token}, qtasks.ErrBrokerUnavailable},
		"no token":       {[]qtasks.Option{trust, shows}, qtasks.ErrUnauthenticated},
		"another token": {
			[]qtasks.Option{trust, shows, qtasks.WithToken("another")},
			qtasks.ErrUnauthenticated,
		},
	} {
		client := dialAt(t, url, refused.options...)
		if _, err := client.Submit(within(t), "count", 3); !errors.Is(err, refused.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	err = qtasks.NewWorker(dialAt(t, url, trust, shows)).Run(within(t))
	if !errors.Is(err, qtasks.ErrUnauthenticated) {
		t.Errorf("a worker without a token: %v", err)
	}
}

// clearEnvironment has a test find only the variables that it sets.
func clearEnvironment(t *testing.T) {
	for _, name := range []string{
		"BROKER_URL", "TOKEN", "TOKEN_FILE", "TLS_CA", "TLS_CERT", "TLS_KEY",
	} {
		t.Setenv("QTASKS_"+name, "")
	}
}

func TestWhatNoOptionSaysIsReadFromTheEnvironment(t *testing.T) {
	available(t)
	clearEnvironment(t)
	a := newAuthority(t)
	a.person("broker", 2)
	a.person("client", 3)
	a.write("tokens", []byte("the-token-of-the-tests\n"))
	guarded, err := startBroker("--port", "0", "--storage", "memory://",
		"--tls-cert", a.path("broker.pem"), "--tls-key", a.path("broker-key.pem"),
		"--tls-client-ca", a.path("ca.pem"), "--tokens-file", a.path("tokens"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guarded.stop)
	t.Setenv("QTASKS_BROKER_URL", "grpcs://"+guarded.address)
	t.Setenv("QTASKS_TLS_CA", a.path("ca.pem"))
	t.Setenv("QTASKS_TLS_CERT", a.path("client.pem"))
	t.Setenv("QTASKS_TLS_KEY", a.path("client-key.pem"))
	t.Setenv("QTASKS_TOKEN_FILE", a.path("tokens"))
	if _, err := dialAt(t, "").Stats(within(t)); err != nil {
		t.Errorf("with a file of the token: %v", err)
	}
	_, err = dialAt(t, "", qtasks.WithToken("another")).Stats(within(t))
	if !errors.Is(err, qtasks.ErrUnauthenticated) {
		t.Errorf("an option wins: %v", err)
	}
	t.Setenv("QTASKS_TOKEN", "another") // before the file
	_, err = dialAt(t, "").Stats(within(t))
	if !errors.Is(err, qtasks.ErrUnauthenticated) {
		t.Errorf("the token itself wins: %v", err)
	}
}

func TestVariablesThatCannotBe(t *testing.T) {
	a := newAuthority(t)
	a.write("two", []byte("two words"))
	for name, value := range map[string]string{
		"QTASKS_TOKEN": "two words", "QTASKS_TOKEN_FILE": a.path("two"),
		"QTASKS_TLS_CA": a.path("none.pem"), "QTASKS_TLS_CERT": a.path("ca.pem"),
		"QTASKS_BROKER_URL": "nowhere",
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			t.Setenv("QTASKS_BROKER_URL", "grpcs://localhost:1")
			t.Setenv(name, value)
			if _, err := qtasks.New(""); !errors.Is(err, qtasks.ErrSettings) {
				t.Errorf("got %v", err)
			}
		})
	}
	clearEnvironment(t)
	t.Setenv("QTASKS_TLS_CA", a.path("none.pem")) // is for `grpcs`
	dialAt(t, "grpc://localhost:1")
}

func TestOptionsThatCannotBe(t *testing.T) {
	a := newAuthority(t)
	a.write("empty.pem", nil)
	for name, option := range map[string]qtasks.Option{
		"a missing CA":          qtasks.WithCAFile(a.path("none.pem")),
		"a CA without one":      qtasks.WithCAFile(a.path("empty.pem")),
		"a missing certificate": qtasks.WithClientCert(a.path("none.pem"), a.path("ca-key.pem")),
		"a token of two words":  qtasks.WithToken("two words"),
	} {
		_, err := qtasks.New("grpcs://localhost:1", option)
		if !errors.Is(err, qtasks.ErrSettings) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A configuration of the caller's own is not changed.
	own := &tls.Config{MinVersion: tls.VersionTLS13}
	client, err := qtasks.New("grpcs://localhost:1", qtasks.WithTLS(own), qtasks.WithCAFile(a.path("ca.pem")))
	if err != nil {
		t.Fatal(err)
	}
	if own.RootCAs != nil {
		t.Error("the caller's settings were changed")
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}
