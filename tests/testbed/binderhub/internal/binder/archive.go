package binder

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// archiveFolder finds, in the Python of a handler of launch events, the folder of its files.
var archiveFolder = regexp.MustCompile(`open\(f"(/[^"{]*)/launches-\{`)

// archive writes one launch event where the configured handler would.
func (c *Config) archive(line string, now time.Time) {
	if c.LaunchArchive == "" {
		fmt.Println(line)
		return
	}
	path := filepath.Join(c.LaunchArchive, "launches-"+now.UTC().Format(time.DateOnly)+".jsonl")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintln(file, line)
		_ = file.Close()
	}
	if err != nil {
		logf("Logging error: %v", err)
	}
}
