package binder

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// isExtraStatic reports whether a path, relative to base_url, is below extra_static_url_prefix.
func (s *Server) isExtraStatic(path string) bool {
	return s.config.Str("extra_static_path", "", "BinderHub") != "" && strings.HasPrefix(path, s.extraStaticPrefix())
}

func (s *Server) extraStaticPrefix() string {
	return strings.TrimPrefix(s.config.Str("extra_static_url_prefix", "/extra_static/", "BinderHub"), "/")
}

// serveExtraStatic serves a file of extra_static_path.
func (s *Server) serveExtraStatic(w http.ResponseWriter, r *http.Request, path string) {
	folder, err := os.OpenRoot(s.config.Str("extra_static_path", "", "BinderHub"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer folder.Close()
	name := filepath.Clean(strings.TrimPrefix(path, s.extraStaticPrefix()))
	http.ServeFileFS(w, r, folder.FS(), name)
}
