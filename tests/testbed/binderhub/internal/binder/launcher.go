package binder

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// Launcher starts sessions through JupyterHub's API.
type Launcher struct {
	Retries             int
	RetryDelay, Timeout time.Duration
	SignIn              bool // the visitor is a user of the hub, with named servers up to a limit
	Limit               int
	hubURL, api, token  string
}

// NewLauncher applies the options of the class of the same name.
func NewLauncher(c *Config) *Launcher {
	api := os.Getenv("JUPYTERHUB_API_URL")
	if api == "" {
		api = c.HubURLLocal + "hub/api/"
	}
	return &Launcher{
		Retries:    c.Int("retries", 4, "Launcher"),
		RetryDelay: time.Duration(c.Int("retry_delay", 4, "Launcher")) * time.Second,
		Timeout:    time.Duration(c.Int("launch_timeout", 600, "Launcher")) * time.Second,
		SignIn:     c.Bool("auth_enabled", false, "BinderHub"),
		Limit:      c.Int("named_server_limit_per_user", 0, "Launcher"),
		hubURL:     c.HubURL, api: withSlash(api), token: c.HubToken,
	}
}

// Launch creates a user, starts its server and waits until that answers. It returns what the ready event holds.
func (l *Launcher) Launch(ctx context.Context, visitor, image, repoURL string, extra event, progress func(string)) (event, error) {
	ctx, cancel := context.WithTimeout(ctx, l.Timeout)
	defer cancel()
	user, server, err := l.place(ctx, visitor, image, repoURL)
	if err != nil {
		return nil, err
	}
	token := make([]byte, 16)
	_, _ = rand.Read(token)
	data := event{"image": image, "repo_url": repoURL, "token": base64.RawURLEncoding.EncodeToString(token)}
	for key, value := range extra {
		data[key] = value
	}
	if _, err := l.call(ctx, http.MethodPost, "users/"+user+"/servers/"+server, data); err != nil {
		logf("Error starting server for user %s: %v", user, err)
		return nil, &requestError{500, "Failed to launch image " + image}
	}
	if err := l.follow(ctx, user, server, image, progress); err != nil {
		return nil, err
	}
	data["url"] = l.hubURL + "user/" + user + "/"
	if server != "" {
		data["url"] = l.hubURL + "user/" + user + "/" + server + "/"
	}
	return data, nil
}

// follow reads the hub's progress events until the server is ready or has failed.
func (l *Launcher) follow(ctx context.Context, user, server, image string, progress func(string)) error {
	path := "users/" + user + "/server/progress"
	if server != "" {
		path = "users/" + user + "/servers/" + server + "/progress"
	}
	response, err := l.call(ctx, http.MethodGet, path, nil)
	if err != nil {
		return &requestError{500, "Failed to launch image " + image}
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue
		}
		var said struct {
			Message       string
			Ready, Failed bool
		}
		if json.Unmarshal([]byte(data), &said) != nil {
			continue
		}
		progress(said.Message)
		if said.Ready {
			return nil
		}
		if said.Failed {
			return &requestError{500, said.Message}
		}
	}
	if ctx.Err() == context.DeadlineExceeded {
		return &requestError{500, fmt.Sprintf("Image %s for user %s took too long to launch", image, user)}
	}
	return &requestError{500, fmt.Sprintf("Image %s for user %s failed to launch", image, user)}
}

// call makes one API request, again after errors of 500 and over or none at all, with growing pauses.
func (l *Launcher) call(ctx context.Context, method, path string, body any) (*http.Response, error) {
	delay := l.RetryDelay
	for attempt := 1; ; attempt++ {
		response, err := l.once(ctx, method, path, body)
		if err == nil && (response.StatusCode < 400 || response.StatusCode == 409 && attempt > 1) {
			return response, nil
		}
		retry := true
		if err == nil {
			text, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
			response.Body.Close()
			err = fmt.Errorf("%s %s: HTTP %d %s", method, path, response.StatusCode, text)
			retry = response.StatusCode >= 500
		}
		if !retry || attempt >= l.Retries {
			return nil, err
		}
		logf("Error accessing Hub API: %v", err)
		if err := sleep(ctx, delay); err != nil {
			return nil, err
		}
		delay *= 2
	}
}

func (l *Launcher) once(ctx context.Context, method, path string, body any) (*http.Response, error) {
	data := []byte{}
	if body != nil {
		data, _ = json.Marshal(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, l.api+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "token "+l.token)
	return http.DefaultClient.Do(request)
}
