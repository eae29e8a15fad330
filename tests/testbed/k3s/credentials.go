package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"binder.test/k3s/files"
	"binder.test/k3s/settings"
)

// credentials writes the kubeconfigs, the tokens and, where asked, the key that encrypts Secrets.
func (n Node) credentials() error {
	api := "https://127.0.0.1:" + n.Port
	kubeconfigs := map[string]string{
		n.server("cred", "admin.kubeconfig"):      "client-admin",
		n.server("cred", "controller.kubeconfig"): "client-controller",
		n.server("cred", "scheduler.kubeconfig"):  "client-scheduler",
		n.server("cred", "supervisor.kubeconfig"): "client-supervisor",
		n.agent("kubeproxy.kubeconfig"):           "client-kube-proxy",
		n.agent("kubelet.kubeconfig"):             "../../agent/client-kubelet",
	}
	for path, certificate := range kubeconfigs {
		if err := n.kubeconfig(path, api, certificate, 0o600); err != nil {
			return err
		}
	}
	mode, err := strconv.ParseUint(n.One("write-kubeconfig-mode", "0600"), 8, 12)
	if err != nil {
		return err
	}
	path := n.One("write-kubeconfig", settings.KubeconfigPath)
	if err := n.kubeconfig(path, api, "client-admin", os.FileMode(mode)); err != nil {
		return err
	}
	if err := n.tokens(); err != nil {
		return err
	}
	return n.encryption()
}

func (n Node) kubeconfig(path, api, certificate string, mode os.FileMode) error {
	encoded := map[string]string{}
	for _, name := range []string{"server-ca.crt", certificate + ".crt", certificate + ".key"} {
		text, err := os.ReadFile(n.tls(name))
		if err != nil {
			return err
		}
		encoded[name] = base64.StdEncoding.EncodeToString(text)
	}
	return files.Write(path, fmt.Sprintf(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: %s
    server: %s
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
users:
- name: default
  user:
    client-certificate-data: %s
    client-key-data: %s
`, encoded["server-ca.crt"], api, encoded[certificate+".crt"], encoded[certificate+".key"]), mode)
}

// tokens: server/token in k3s' form (K10, the authority's digest, user and password); node-token names it.
func (n Node) tokens() error {
	secret := n.One("token", os.Getenv("K3S_TOKEN"))
	if file := n.One("token-file", ""); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		secret = strings.TrimSpace(string(text))
	}
	if secret == "" {
		if _, err := os.Stat(n.server("token")); err == nil {
			return nil
		}
		secret = randomHex(16)
	}
	authority, err := os.ReadFile(n.tls("server-ca.crt"))
	if err != nil {
		return err
	}
	digest := sha256.Sum256(authority)
	token := fmt.Sprintf("K10%s::server:%s\n", hex.EncodeToString(digest[:]), secret)
	if err := files.Write(n.server("token"), token, 0o600); err != nil {
		return err
	}
	return files.Relink(n.server(), "node-token", n.server("token"))
}

// encryption writes the API server's encryption configuration once; the key is never replaced.
func (n Node) encryption() error {
	path := n.server("cred", "encryption-config.json")
	if _, err := os.Stat(path); err == nil || !n.On("secrets-encryption") {
		return nil
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return err
	}
	key := base64.StdEncoding.EncodeToString(raw)
	return files.Write(path, `{"kind":"EncryptionConfiguration","apiVersion":"apiserver.config.k8s.io/v1","resources":[`+
		`{"resources":["secrets"],"providers":[{"aescbc":{"keys":[{"name":"aescbckey","secret":"`+key+`"}]}},{"identity":{}}]}]}`, 0o600)
}

func randomHex(n int) string {
	raw := make([]byte, n)
	if _, err := rand.Read(raw); err != nil {
		panic(err) // no source of random numbers: nothing here could go on
	}
	return hex.EncodeToString(raw)
}
