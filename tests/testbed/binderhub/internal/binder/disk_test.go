package binder

import (
	"strings"
	"testing"

	"binderhubdouble/internal/traits"
)

const diskSnippet = `class DiskLaunchQuota(KubernetesLaunchQuota):
    FREE_PERCENT = 10
    SENTENCE = "The disk of this BinderHub is full: later."

c.BinderHub.launch_quota_class = DiskLaunchQuota
`

func TestDiskQuotaIsRead(t *testing.T) {
	hub := traits.Config{"BinderHub": {"hub_url": "http://hub/"}}
	config, err := NewConfig(Values{Config: hub, ExtraConfig: map[string]string{"02-disk": diskSnippet}})
	if err != nil {
		t.Fatal(err)
	}
	if want := (diskQuota{10, "The disk of this BinderHub is full: later."}); config.Disk != want {
		t.Errorf("read %+v", config.Disk)
	}
}

func TestFullDisk(t *testing.T) {
	w := newWorld(t, traits.Config{})
	w.server.config.Disk = diskQuota{101, "The disk of this BinderHub is full: later."}
	got := w.build(t, repo, nil).messages()
	if want := "failed: The disk of this BinderHub is full: later.\n|"; got != want {
		t.Errorf("without the image: %s", got)
	}
	w.push()
	if got := w.build(t, repo, nil).messages(); !strings.HasSuffix(got, "|failed: The disk of this BinderHub is full: later.\n|") {
		t.Errorf("with the image: %s", got)
	}
	if names := w.kube.Names(); len(names) != 0 {
		t.Errorf("a build was started: %v", names)
	}
}

func TestRoomOnTheDisk(t *testing.T) {
	if err := (diskQuota{0.001, "full"}).check(); err != nil {
		t.Error(err)
	}
}
