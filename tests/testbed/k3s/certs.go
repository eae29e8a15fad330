package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"slices"
	"time"

	"binder.test/k3s/files"
)

const (
	caLife    = 10 * 365 * 24 * time.Hour // k3s: authorities live 10 years,
	leafLife  = 365 * 24 * time.Hour      // their certificates a year,
	renewLeft = 120 * 24 * time.Hour      // renewed at a start when less than this is left
)

// leaf describes a certificate: its file (without .crt), its authority, subject and names.
type leaf struct {
	file, authority, common string
	groups, names           []string
	server                  bool
}

// leaves are k3s' certificates under server/tls.
func (n Node) leaves() ([]leaf, error) {
	first, err := nthAddress(n.Services, 1)
	if err != nil {
		return nil, err
	}
	api := []string{
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + n.Domain,
		"localhost", n.Name, "127.0.0.1", "::1", n.IP, first,
	}
	masters := []string{"system:masters"}
	return []leaf{
		{file: "serving-kube-apiserver", authority: "server-ca", common: "kube-apiserver", names: append(api, n.List("tls-san")...), server: true},
		{file: "client-kube-apiserver", authority: "client-ca", common: "system:apiserver", groups: masters},
		{file: "client-admin", authority: "client-ca", common: "system:admin", groups: masters},
		{file: "client-controller", authority: "client-ca", common: "system:kube-controller-manager"},
		{file: "client-scheduler", authority: "client-ca", common: "system:kube-scheduler"},
		{file: "client-kube-proxy", authority: "client-ca", common: "system:kube-proxy"},
		{file: "client-supervisor", authority: "client-ca", common: "system:k3s-supervisor", groups: masters},
		{file: "client-auth-proxy", authority: "request-header-ca", common: "system:auth-proxy"},
		{file: "../../agent/client-kubelet", authority: "client-ca", common: "system:node:" + n.Name, groups: []string{"system:nodes"}},
		{file: "../../agent/serving-kubelet", authority: "server-ca", common: n.Name, names: []string{n.Name, "localhost", "127.0.0.1", n.IP}, server: true},
	}, nil
}

// certificates makes what is missing, nearly over, or no longer fits, and the service account key.
func (n Node) certificates() error {
	for _, dir := range []string{n.server("tls"), n.agent()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	for _, name := range []string{"server-ca", "client-ca", "request-header-ca"} {
		if err := n.authority(name); err != nil {
			return fmt.Errorf("certificate authority %s: %w", name, err)
		}
	}
	leaves, err := n.leaves()
	if err != nil {
		return err
	}
	for _, leaf := range leaves {
		if err := n.issue(leaf); err != nil {
			return fmt.Errorf("certificate %s: %w", leaf.file, err)
		}
	}
	for _, name := range []string{"server-ca.crt", "client-ca.crt"} {
		text, err := os.ReadFile(n.tls(name))
		if err != nil {
			return err
		}
		if err := files.Write(n.agent(name), string(text), 0o644); err != nil {
			return err
		}
	}
	return n.serviceKey()
}

func (n Node) authority(name string) error {
	if _, err := os.Stat(n.tls(name + ".crt")); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(caLife),
		Subject: pkix.Name{CommonName: fmt.Sprintf("k3s-%s@%d", name, now.Unix())},
		IsCA:    true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	return n.store(name, [][]byte{der}, key)
}

func (n Node) issue(want leaf) error {
	caCert, caKey, err := n.load(want.authority)
	if err != nil {
		return err
	}
	if now, _, err := n.load(want.file); err == nil && want.fits(now, caCert) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := want.template()
	der, err := x509.CreateCertificate(rand.Reader, template, caCert, key.Public(), caKey)
	if err != nil {
		return err
	}
	return n.store(want.file, [][]byte{der, caCert.Raw}, key)
}

func (l leaf) template() *x509.Certificate {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(leafLife),
		Subject:     pkix.Name{CommonName: l.common, Organization: l.groups},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if l.server {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, name := range l.names {
		if address := net.ParseIP(name); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return template
}

func (l leaf) fits(now, authority *x509.Certificate) bool {
	if now.CheckSignatureFrom(authority) != nil || time.Until(now.NotAfter) < renewLeft || now.Subject.CommonName != l.common {
		return false
	}
	return !slices.ContainsFunc(l.names, func(name string) bool { return now.VerifyHostname(name) != nil })
}
