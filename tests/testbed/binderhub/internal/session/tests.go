package session

import (
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// serveTests are the pages that tell a test what a session can see and do:
//
//	testbed/env                     its environment
//	testbed/files                   the files of its folder, with their sizes in bytes
//	testbed/allocate?mebibytes=N    what becomes of a child process that uses so much memory
//	testbed/write?name=F&mebibytes=N  whether a file of that size can be written there
//	testbed/connect?address=H:P     whether a TCP connection to there is possible
func (s *Server) serveTests(w http.ResponseWriter, r *http.Request, page string) {
	switch page {
	case "env":
		writeJSON(w, http.StatusOK, wholeEnvironment())
	case "files":
		writeJSON(w, http.StatusOK, files(s.Dir))
	case "allocate":
		said, err := s.Child(r.Context(), "tool", "allocate", r.URL.Query().Get("mebibytes"))
		writeJSON(w, http.StatusOK, map[string]any{"ok": err == nil, "output": said, "error": text(err)})
	case "write":
		err := write(filepath.Join(s.Dir, filepath.Clean("/"+r.URL.Query().Get("name"))), r.URL.Query().Get("mebibytes"))
		writeJSON(w, http.StatusOK, map[string]any{"ok": err == nil, "error": text(err)})
	case "connect":
		err := connect(r.Context(), r.URL.Query().Get("address"))
		writeJSON(w, http.StatusOK, map[string]any{"ok": err == nil, "error": text(err)})
	default:
		http.NotFound(w, r)
	}
}

func wholeEnvironment() map[string]string {
	all := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		all[name] = value
	}
	return all
}

func files(dir string) map[string]int64 {
	all := map[string]int64{}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // what cannot be read is not listed
		}
		if info, err := entry.Info(); err == nil {
			name, _ := filepath.Rel(dir, path)
			all[name] = info.Size()
		}
		return nil
	})
	return all
}

func write(path, mebibytes string) error {
	count, err := strconv.Atoi(mebibytes)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	piece := make([]byte, 1<<20)
	for range count {
		if _, err := file.Write(piece); err != nil {
			return err
		}
	}
	return file.Sync()
}

func connect(ctx context.Context, address string) error {
	connection, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}

func text(err error) any {
	if err == nil {
		return nil
	}
	return err.Error()
}
