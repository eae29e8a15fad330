package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"binder.test/k3s/files"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

const manifestsEvery = 2 * time.Second // k3s looks every 15 s

var manifestFile = regexp.MustCompile(`\.(ya?ml|json)$`)

// Object names one applied object, for the day its file no longer has it.
type Object struct {
	Group, Version, Kind, Namespace, Name string
}

// Addon is what was applied from one file.
type Addon struct {
	Sum     string
	Objects []Object
}

// Deployer applies server/manifests, as k3s' deploy controller does: what changes is applied again, what
// leaves a file is deleted, a file that goes leaves its objects, NAME.skip keeps NAME from being applied.
type Deployer struct {
	node   Node
	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
	addons map[string]Addon
	fresh  map[string]bool   // applied by this process
	said   map[string]string // last error per file: said once
}

func newDeployer(node Node, config *rest.Config) (*Deployer, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	discover, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	deployer := &Deployer{
		node: node, client: client, addons: map[string]Addon{}, fresh: map[string]bool{}, said: map[string]string{},
		mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discover)),
	}
	if text, err := os.ReadFile(deployer.state()); err == nil {
		if err := json.Unmarshal(text, &deployer.addons); err != nil {
			return nil, fmt.Errorf("%s: %w", deployer.state(), err)
		}
	}
	return deployer, nil
}

func (d *Deployer) state() string { return d.node.server("db", "addons.json") }

func (d *Deployer) run(ctx context.Context) {
	for ctx.Err() == nil {
		for _, path := range d.files() {
			err := d.file(ctx, path)
			if err != nil && ctx.Err() == nil && d.said[path] != err.Error() {
				d.said[path] = err.Error()
				log.Printf("k3s (stand-in): %s: %v (tried again until it works)", path, err)
			}
		}
		time.Sleep(manifestsEvery)
	}
}

func (d *Deployer) files() []string {
	found := []string{}
	_ = filepath.WalkDir(d.node.server("manifests"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !manifestFile.MatchString(path) || strings.HasPrefix(entry.Name(), ".") {
			return nil
		}
		if _, err := os.Stat(path + ".skip"); err != nil {
			found = append(found, path)
		}
		return nil
	})
	slices.Sort(found)
	return found
}

// file applies one manifest unless this process has done so in this form.
func (d *Deployer) file(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(text)
	sum := hex.EncodeToString(digest[:])
	if d.fresh[path] && d.addons[path].Sum == sum {
		return nil
	}
	objects, err := parseManifest(text)
	if err != nil {
		return err
	}
	addon := Addon{Sum: sum}
	problems := []error{}
	for _, object := range objects {
		applied, err := d.apply(ctx, object)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err))
			continue
		}
		addon.Objects = append(addon.Objects, applied)
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	for _, old := range d.addons[path].Objects {
		if !slices.Contains(addon.Objects, old) {
			if err := d.remove(ctx, old); err != nil {
				return err
			}
		}
	}
	log.Printf("k3s (stand-in): applied %s (%d objects)", path, len(objects))
	d.fresh[path] = true
	return d.remember(path, &addon)
}

func (d *Deployer) remember(path string, addon *Addon) error {
	if addon == nil {
		delete(d.addons, path)
	} else {
		d.addons[path] = *addon
	}
	text, err := json.Marshal(d.addons)
	if err != nil {
		return err
	}
	return files.Write(d.state(), string(text), 0o600)
}

// uninstall deletes what a packaged component's file had brought, once it is in `disable`.
func (d *Deployer) uninstall(ctx context.Context, name string) error {
	path := d.node.server("manifests", name+".yaml")
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, object := range d.addons[path].Objects {
		if err := d.remove(ctx, object); err != nil {
			return err
		}
	}
	return d.remember(path, nil)
}
