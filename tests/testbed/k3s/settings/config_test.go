package settings

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// load writes config.yaml and config.yaml.d/NAME files and loads them with the arguments.
func load(t *testing.T, main string, extra map[string]string, args ...string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.MkdirAll(path+".d", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range extra {
		if err := os.WriteFile(filepath.Join(path+".d", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(main), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(append([]string{"--config", path}, args...))
}

func TestFilesAndFlagsAreMerged(t *testing.T) {
	config, err := load(t, "node-name: a\ndisable: [traefik]\nkubelet-arg: [max-pods=10]\nsecrets-encryption: true\n",
		map[string]string{"10-x.yaml": "node-name: b\ndisable+: servicelb\n", "20-x.yaml": "kubelet-arg+: [v=2]\n"},
		"--node-ip=10.0.0.1", "--tls-san", "x.example", "--tls-san", "y.example")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string][]string{
		"node-name": {"b"}, "disable": {"traefik", "servicelb"}, "kubelet-arg": {"max-pods=10", "v=2"},
		"node-ip": {"10.0.0.1"}, "tls-san": {"x.example", "y.example"}, "secrets-encryption": {"true"},
	} {
		if !slices.Equal(config[key], want) {
			t.Errorf("%s: %v, want %v", key, config[key], want)
		}
	}
}

func TestFlagsWinOverFiles(t *testing.T) {
	config, err := load(t, "node-name: a\n", nil, "--node-name", "c", "--debug", "-d", "/data")
	if err != nil {
		t.Fatal(err)
	}
	if config.One("node-name", "") != "c" || !config.On("debug") || config.One("data-dir", "") != "/data" {
		t.Error(config)
	}
}

func TestNetworkPoliciesAreSwitchedOffByFileOrFlag(t *testing.T) {
	for _, test := range []struct {
		file string
		args []string
		off  bool
	}{
		{"", nil, false},
		{"disable-network-policy: true\n", nil, true},
		{"", []string{"--disable-network-policy"}, true},
		{"disable-network-policy: true\n", []string{"--disable-network-policy=false"}, false},
	} {
		config, err := load(t, test.file, nil, test.args...)
		if err != nil || config.On("disable-network-policy") != test.off {
			t.Errorf("%q %v: %v %v", test.file, test.args, config, err)
		}
	}
	if !settings["disable-network-policy"].acted {
		t.Error("the log would say that the stand-in does not act on it")
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"nodename: x":                         `unknown key "nodename"`,
		"node-name: [a, b]":                   `"node-name" takes one value`,
		"secrets-encryption: maybe":           `"maybe" is not true or false`,
		"disable: [trafik]":                   `"trafik" is no packaged component`,
		"write-kubeconfig-mode: 0600":         `"384" is no file mode`,
		"flannel-backend: vxlam":              `"vxlam" is no backend`,
		"node-name: a\nnode-name: b":          "already set",
		"tls-san: {a: b}":                     "neither a value nor a list",
		"node-name: a\n  bad: [":              "yaml",
		"kube-controller-manager-args: [x=y]": `unknown key "kube-controller-manager-args"`,
		"kubelet_arg: [max-pods=3]":           `unknown key "kubelet_arg"`,
		"disable-network-policies: true":      `unknown key "disable-network-policies"`,
	} {
		if _, err := load(t, text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := load(t, "", nil, "--nodename=x"); err == nil || !strings.Contains(err.Error(), "unknown flag --nodename") {
		t.Error(err)
	}
	if _, err := load(t, "", nil, "stray"); err == nil || !strings.Contains(err.Error(), `unexpected argument "stray"`) {
		t.Error(err)
	}
}
