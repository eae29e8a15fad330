package binder

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
)

// page stands for BinderHub's one page: the same configuration in it, no script to use it.
var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Binder</title>
  <meta property="og:title" content="{{.Title}}">
  <script>
    window.pageConfig = {{.Config}};
  </script>
</head>
<body>
<div id="root">
  <h1>Binder</h1>
  <p>{{.Banner}}</p>
  <p>This is the test bed's double of BinderHub: it launches repositories through /build only.</p>
</div>
</body>
</html>
`))

const badge = `<svg xmlns="http://www.w3.org/2000/svg" width="109" height="20"><text x="4" y="14">launch binder</text></svg>`

// servePage is everything that is not the API. BinderHub serves its page for unknown paths too.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request, path string) {
	switch {
	case path == "badge.svg" || path == "badge_logo.svg" || path == "assets/images/badge.svg":
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write([]byte(badge))
		return
	case strings.HasPrefix(path, "static/"):
		http.NotFound(w, r)
		return
	}
	title := s.config.Str("default_opengraph_title", "The Binder Project", "BinderHub")
	banner := s.config.Str("banner_message", "", "BinderHub")
	config := event{
		"baseUrl": s.config.BaseURL, "badgeBaseUrl": s.badgeBaseURL(), "logoUrl": s.config.BaseURL + "static/logo.svg",
		"logoWidth": "320px", "repoProviders": displays, "bannerHtml": banner, "binderVersion": Version,
		"aboutMessage": s.config.Str("about_message", "", "BinderHub"),
	}
	if spec, ok := strings.CutPrefix(path, "v2/"); ok {
		config["buildToken"] = s.newBuildToken(r, spec)
	}
	encoded, _ := json.Marshal(config)
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_ = page.Execute(w, map[string]any{"Title": title, "Banner": template.HTML(banner), "Config": template.JS(encoded)})
}
