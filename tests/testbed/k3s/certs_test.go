package main

import (
	"crypto/x509"
	"os"
	"strings"
	"testing"

	"binder.test/k3s/settings"
)

func testNode(t *testing.T) Node {
	return Node{Config: settings.Config{}, DataDir: t.TempDir(), Name: "n", IP: "10.0.2.15", Services: "10.43.0.0/16", Domain: "cluster.local", Port: "6443"}
}

func TestCertificatesAreValidAndKept(t *testing.T) {
	node := testNode(t)
	if err := node.certificates(); err != nil {
		t.Fatal(err)
	}
	authority, _, err := node.load("server-ca")
	if err != nil {
		t.Fatal(err)
	}
	if authority.KeyUsage&x509.KeyUsageCertSign == 0 || !authority.IsCA {
		t.Error("the authority may not sign")
	}
	serving, _, err := node.load("serving-kube-apiserver")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	for _, name := range []string{"127.0.0.1", "10.43.0.1", "10.0.2.15", "kubernetes.default.svc"} {
		if _, err := serving.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := node.certificates(); err != nil {
		t.Fatal(err)
	}
	again, _, _ := node.load("serving-kube-apiserver")
	if !again.Equal(serving) {
		t.Error("a certificate that fits was replaced")
	}
	node.Config = settings.Config{"tls-san": {"binder.example"}}
	if err := node.certificates(); err != nil {
		t.Fatal(err)
	}
	renewed, _, _ := node.load("serving-kube-apiserver")
	if err := renewed.VerifyHostname("binder.example"); err != nil {
		t.Error("a new name did not get into the certificate: ", err)
	}
}

func TestTokensKeepTheirSecret(t *testing.T) {
	node := testNode(t)
	if err := node.certificates(); err != nil {
		t.Fatal(err)
	}
	read := func() string {
		if err := node.tokens(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(node.server("node-token"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := read()
	if !strings.HasPrefix(first, "K10") || !strings.Contains(first, "::server:") || read() != first {
		t.Error(first)
	}
}
