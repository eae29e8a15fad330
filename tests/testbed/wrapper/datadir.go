package main

import (
	"os"
	"regexp"
	"strings"
)

const (
	defaultDataDir = "/var/lib/rancher/k3s"
	defaultConfig  = "/etc/rancher/k3s/config.yaml"
)

var dataDirKey = regexp.MustCompile(`(?m)^data-dir:[ \t]*["']?([^"'#\n]+?)["']?[ \t]*(?:#.*)?$`)

// dataDir finds where to unpack before anything can be asked that knows more: in the flags, in the
// configuration file, or k3s' own place.
func dataDir(args []string) string {
	config := defaultConfig
	for i, arg := range args {
		name, value, inline := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		if !inline && i+1 < len(args) {
			value = args[i+1]
		}
		switch name {
		case "data-dir", "d":
			return value
		case "config", "c":
			config = value
		}
	}
	if text, err := os.ReadFile(config); err == nil {
		if found := dataDirKey.FindSubmatch(text); found != nil {
			return string(found[1])
		}
	}
	return defaultDataDir
}
