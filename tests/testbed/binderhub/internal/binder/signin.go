package binder

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// whoIs asks the hub whose token a request carries; "" where that is nobody's. There are no cookies: the page to
// sign in on is the hub's, and the double has none.
func (l *Launcher) whoIs(r *http.Request) string {
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, l.api+"user", nil)
	if err != nil || r.Header.Get("Authorization") == "" {
		return ""
	}
	request.Header.Set("Authorization", r.Header.Get("Authorization"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var who struct{ Kind, Name string }
	if response.StatusCode != http.StatusOK || json.NewDecoder(response.Body).Decode(&who) != nil || who.Kind != "user" {
		return ""
	}
	return who.Name
}

// login is where BinderHub sends whoever it does not know.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	query := url.Values{"client_id": {"service-binderhub"}, "response_type": {"code"},
		"redirect_uri": {origin(r) + s.config.BaseURL + "oauth_callback"}}
	http.Redirect(w, r, s.config.HubURL+"hub/api/oauth2/authorize?"+query.Encode(), http.StatusFound)
}

// place is the user and the name of the server: a temporary user, or a new server of the visitor's own.
func (l *Launcher) place(ctx context.Context, visitor, image, repoURL string) (string, string, error) {
	name := userName(repoURL)
	if l.SignIn {
		user := url.PathEscape(visitor)
		return user, url.PathEscape(name), l.room(ctx, user)
	}
	user := strings.ReplaceAll(url.PathEscape(name), "%40", "@")
	if _, err := l.call(ctx, http.MethodPost, "users/"+user, nil); err != nil {
		logf("Error creating user %s: %v", name, err)
		return "", "", &requestError{500, "Failed to create temporary user for " + image}
	}
	return user, "", nil
}

// room refuses one server too many of a user; those that have ended do not count.
func (l *Launcher) room(ctx context.Context, user string) error {
	response, err := l.call(ctx, http.MethodGet, "users/"+user, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var model struct{ Servers map[string]any }
	if err := json.NewDecoder(response.Body).Decode(&model); err != nil {
		return err
	}
	if l.Limit > 0 && len(model.Servers) >= l.Limit {
		return &requestError{http.StatusConflict, fmt.Sprintf("User %s already has the maximum of %d named servers."+
			"  One must be deleted before a new server can be created", user, l.Limit)}
	}
	return nil
}
