package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"binder.test/k3s/files"
)

// load reads a certificate and its key; store writes them.
func (n Node) load(name string) (*x509.Certificate, crypto.Signer, error) {
	text, err := os.ReadFile(n.tls(name + ".crt"))
	if err != nil {
		return nil, nil, err
	}
	secret, err := os.ReadFile(n.tls(name + ".key"))
	if err != nil {
		return nil, nil, err
	}
	certBlock, _ := pem.Decode(text)
	keyBlock, _ := pem.Decode(secret)
	if certBlock == nil || keyBlock == nil {
		return nil, nil, fmt.Errorf("%s: not PEM", n.tls(name))
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	return cert, key, err
}

func (n Node) store(name string, chain [][]byte, key *ecdsa.PrivateKey) error {
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	text := ""
	for _, der := range chain {
		text += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	pemKey := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}))
	if err := files.Write(n.tls(name+".key"), pemKey, 0o600); err != nil {
		return err
	}
	return files.Write(n.tls(name+".crt"), text, 0o644)
}

// serviceKey signs the service accounts' tokens (server/tls/service.key; k3s' is an RSA key, which takes an
// emulated processor many seconds to find).
func (n Node) serviceKey() error {
	if _, err := os.Stat(n.tls("service.key")); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	block := &pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}
	return files.Write(n.tls("service.key"), string(pem.EncodeToMemory(block)), 0o600)
}
