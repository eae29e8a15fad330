package binder

import (
	"os"
	"path/filepath"
	"testing"

	"binderhubdouble/internal/traits"
)

func TestExtraStaticFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "list.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, traits.Config{"BinderHub": {"extra_static_path": dir, "extra_static_url_prefix": "/more/"}})
	if status, body := w.page(t, "GET", "/more/list.json"); status != 200 || body != "{}" {
		t.Errorf("HTTP %d, %q", status, body)
	}
	if status, _ := w.page(t, "GET", "/more/none.json"); status != 404 {
		t.Errorf("a file that is not there: HTTP %d", status)
	}
	if status, _ := w.page(t, "GET", "/more/%2e%2e/list.json"); status == 200 {
		t.Error("a way out of the folder")
	}
	plain := newWorld(t, nil)
	if _, body := plain.page(t, "GET", "/extra_static/list.json"); body == "{}" {
		t.Error("files without extra_static_path")
	}
}
