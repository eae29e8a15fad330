package proxy

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"strings"
)

// Proxy passes requests on to the targets of a table.
type Proxy struct {
	Table *Table
	proxy httputil.ReverseProxy
}

// New returns the proxy of a table.
func New(table *Table) *Proxy {
	p := &Proxy{Table: table}
	p.proxy = httputil.ReverseProxy{
		Director:      func(*http.Request) {}, // ServeHTTP has set the target already
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			log.Printf("503 %s %s: %v", r.Method, r.URL.Path, err)
			http.Error(w, "503 : Service Unavailable", http.StatusServiceUnavailable)
		},
	}
	return p
}

// ServeHTTP proxies one request, websockets included.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_chp_healthz" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status": "OK"}`)
		return
	}
	route, target := p.Table.find(r.URL.Path)
	if route == nil {
		http.NotFound(w, r)
		return
	}
	upgraded := 0
	if r.Header.Get("Upgrade") != "" {
		upgraded = 1
	}
	p.Table.touch(route, upgraded)
	defer p.Table.touch(route, -upgraded)
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = target.Scheme, target.Host
	if r.Header.Get("X-Forwarded-Proto") == "" {
		r.Header.Set("X-Forwarded-Proto", "http")
	}
	p.proxy.ServeHTTP(w, r)
}

// API is the table's REST API, for whoever knows the token.
type API struct {
	Table *Table
	Token string
}

// ServeHTTP speaks GET, POST and DELETE of /api/routes[/PREFIX].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	prefix, ok := strings.CutPrefix(r.URL.Path, "/api/routes")
	if !ok {
		http.NotFound(w, r)
		return
	}
	if a.Token != "" && r.Header.Get("Authorization") != "token "+a.Token {
		http.Error(w, "403 : Forbidden", http.StatusForbidden)
		return
	}
	switch r.Method {
	case http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a.Table.All())
	case http.MethodPost:
		a.add(w, r, prefix)
	case http.MethodDelete:
		if !a.Table.Delete(prefix) {
			http.NotFound(w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Error(w, "405 : Method Not Allowed", http.StatusMethodNotAllowed)
	}
}

func (a *API) add(w http.ResponseWriter, r *http.Request, prefix string) {
	var data map[string]any
	err := json.NewDecoder(r.Body).Decode(&data)
	target, ok := data["target"].(string)
	if err != nil || !ok {
		http.Error(w, "400 : Must specify 'target' as string", http.StatusBadRequest)
		return
	}
	delete(data, "target")
	a.Table.Add(prefix, target, data)
	w.WriteHeader(http.StatusCreated)
}
