package main

import "testing"

func TestManifestsAreTakenApart(t *testing.T) {
	objects, err := parseManifest([]byte(`# nothing but words
---
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: a}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: a}}
`))
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, object := range objects {
		names += object.GetKind() + "/" + object.GetName() + " "
	}
	if names != "Namespace/a ConfigMap/b ConfigMap/c " {
		t.Error(names)
	}
}

func TestPackagedManifestsParse(t *testing.T) {
	node := Node{Name: "n", IP: "10.0.2.15", DNS: "10.43.0.10", Domain: "cluster.local"}
	for name, count := range map[string]int{"coredns": 6, "local-storage": 1} {
		text, err := node.manifest(name)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := parseManifest([]byte(text))
		if err != nil || len(objects) != count {
			t.Errorf("%s: %d objects, %v", name, len(objects), err)
		}
	}
}

func TestNameserversOnTheLoopbackAreOfNoUseToPods(t *testing.T) {
	for text, want := range map[string]bool{
		"nameserver 127.0.0.53\n": false, "nameserver 10.0.2.3\n": true, "search x\n": false, "nameserver ::1\nnameserver 9.9.9.9\n": true,
	} {
		if hasNameserver(text) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}
