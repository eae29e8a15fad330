package binder

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestArchiveHasAFileADay(t *testing.T) {
	folder := t.TempDir()
	found := archiveFolder.FindStringSubmatch(`                with open(f"` + folder + `/launches-{day}.jsonl", "a") as archive:`)
	if found == nil || found[1] != folder {
		t.Fatalf("the folder is %v", found)
	}
	config := &Config{LaunchArchive: found[1]}
	evening := time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC)
	for _, at := range []time.Time{evening, evening, evening.Add(time.Second)} {
		config.archive("{}", at)
	}
	for name, want := range map[string]string{"launches-2026-11-22.jsonl": "{}\n{}\n", "launches-2026-11-23.jsonl": "{}\n"} {
		if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}
