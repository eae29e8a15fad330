package main

import (
	"bytes"
	"context"
	"embed"
	"log"
	"text/template"

	"binder.test/k3s/files"
)

//go:embed manifests/*.yaml
var manifests embed.FS

const coreImage = "docker.io/testbed/coredns:1.14.6"

// packagedManifests writes the stand-in's own manifests (coredns, local-storage) as k3s does at every
// start, and takes away those that `disable` names.
func (n Node) packagedManifests(ctx context.Context, deployer *Deployer) error {
	for _, name := range []string{"coredns", "local-storage"} {
		if n.Disabled(name) {
			if err := deployer.uninstall(ctx, name); err != nil {
				return err
			}
			continue
		}
		text, err := n.manifest(name)
		if err != nil {
			return err
		}
		if err := files.Write(n.server("manifests", name+".yaml"), text, 0o600); err != nil {
			return err
		}
	}
	for _, name := range []string{"traefik", "servicelb", "metrics-server"} {
		if !n.Disabled(name) {
			log.Printf("k3s (stand-in): %s is not in the stand-in", name)
		}
	}
	return nil
}

func (n Node) manifest(name string) (string, error) {
	source, err := template.ParseFS(manifests, "manifests/"+name+".yaml")
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	err = source.Execute(&text, map[string]string{
		"Domain": n.Domain, "DNS": n.DNS, "Image": coreImage, "Name": n.Name, "IP": n.IP,
	})
	return text.String(), err
}
