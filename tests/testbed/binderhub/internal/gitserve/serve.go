// Package gitserve serves git repositories over smart HTTP, so that there is something to launch without
// the internet.
package gitserve

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
)

// Handler serves repositories by name: /NAME or /NAME.git.
type Handler struct{ Repositories map[string]storer.Storer }

// Load finds the repository that an endpoint names (go-git's server.Loader).
func (h *Handler) Load(endpoint *transport.Endpoint) (storer.Storer, error) {
	if found := h.Repositories[strings.TrimSuffix(strings.Trim(endpoint.Path, "/"), ".git")]; found != nil {
		return found, nil
	}
	return nil, transport.ErrRepositoryNotFound
}

// ServeHTTP speaks the two requests of a fetch.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, service := r.URL.Path, "git-upload-pack"
	if path == "/" {
		for name := range h.Repositories {
			fmt.Fprintln(w, name)
		}
		return
	}
	name, advertise := strings.CutSuffix(path, "/info/refs")
	if !advertise {
		name = strings.TrimSuffix(path, "/"+service)
	}
	endpoint := &transport.Endpoint{Protocol: "file", Path: name}
	session, err := server.NewServer(h).NewUploadPackSession(endpoint, nil)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if advertise {
		if r.URL.Query().Get("service") != service {
			http.Error(w, "smart HTTP only, and fetch only", http.StatusForbidden)
			return
		}
		err = advertiseRefs(w, r, session, service)
	} else {
		err = uploadPack(w, r, session, service)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func advertiseRefs(w http.ResponseWriter, r *http.Request, session transport.UploadPackSession, service string) error {
	references, err := session.AdvertisedReferencesContext(r.Context())
	if err != nil {
		return err
	}
	references.Prefix = [][]byte{[]byte("# service=" + service), pktline.Flush}
	w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
	return references.Encode(w)
}

func uploadPack(w http.ResponseWriter, r *http.Request, session transport.UploadPackSession, service string) error {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = unzipped
	}
	request := packp.NewUploadPackRequest()
	if err := request.UploadRequest.Decode(body); err != nil {
		return err
	}
	response, err := session.UploadPack(r.Context(), request)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-"+service+"-result")
	return response.Encode(w)
}
