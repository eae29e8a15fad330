// Package docker is the little of the Docker Engine's API that a build needs, over its unix socket.
package docker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Client talks to one daemon.
type Client struct{ http *http.Client }

// New returns a client of the daemon that listens on socket.
func New(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

func (c *Client) call(ctx context.Context, method, path string, query url.Values, header http.Header, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://docker"+path+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	for key, values := range header {
		request.Header[key] = values
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 400 {
		defer response.Body.Close()
		var answer struct{ Message string }
		data, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
		if json.Unmarshal(data, &answer) != nil {
			answer.Message = strings.TrimSpace(string(data))
		}
		return nil, &Error{response.StatusCode, answer.Message}
	}
	return response, nil
}

// Error is the daemon's refusal.
type Error struct {
	Code    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("docker: %s (HTTP %d)", e.Message, e.Code) }

// HasImage reports whether the daemon's store holds an image.
func (c *Client) HasImage(ctx context.Context, image string) (bool, error) {
	response, err := c.call(ctx, http.MethodGet, "/images/"+image+"/json", nil, nil, nil)
	if refused, ok := err.(*Error); ok && refused.Code == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, response.Body.Close()
}

// Load reads images from a docker-archive.
func (c *Client) Load(ctx context.Context, archive io.Reader, log func(string)) error {
	header := http.Header{"Content-Type": {"application/x-tar"}}
	return c.follow(ctx, "/images/load", url.Values{"quiet": {"true"}}, header, archive, log)
}

// Build builds an image with BuildKit, as `docker buildx build` does, from a tar that the daemon fetches at
// address: BuildKit takes no context in the request when the daemon keeps images in containerd.
func (c *Client) Build(ctx context.Context, image, dockerfile, address string, labels map[string]string, log func(string)) error {
	encoded, _ := json.Marshal(labels)
	query := url.Values{"version": {"2"}, "t": {image}, "dockerfile": {dockerfile}, "remote": {address},
		"labels": {string(encoded)}}
	return c.follow(ctx, "/build", query, nil, nil, log)
}

// Tag gives an image of the daemon's a second name.
func (c *Client) Tag(ctx context.Context, image, repository, tag string) error {
	response, err := c.call(ctx, http.MethodPost, "/images/"+image+"/tag", url.Values{"repo": {repository}, "tag": {tag}}, nil, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// Push pushes an image with the credentials of its registry.
func (c *Client) Push(ctx context.Context, image, username, password string, log func(string)) error {
	name, tag := image, "latest"
	if i := strings.LastIndex(image, ":"); i > strings.LastIndex(image, "/") {
		name, tag = image[:i], image[i+1:]
	}
	auth, _ := json.Marshal(map[string]string{"username": username, "password": password})
	header := http.Header{"X-Registry-Auth": {base64.URLEncoding.EncodeToString(auth)}}
	return c.follow(ctx, "/images/"+name+"/push", url.Values{"tag": {tag}}, header, nil, log)
}

// follow posts and passes on what the daemon says, line by line, until it is done; the error is the one it
// reports. Progress bars are left out.
func (c *Client) follow(ctx context.Context, path string, query url.Values, header http.Header, body io.Reader, log func(string)) error {
	response, err := c.call(ctx, http.MethodPost, path, query, header, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	messages, rest, told := json.NewDecoder(response.Body), "", map[string]bool{}
	for {
		var said struct {
			Stream, Status, ID, Progress, Error string
			Aux                                 json.RawMessage
		}
		if err := messages.Decode(&said); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("docker: %w", err)
		}
		switch {
		case said.Error != "":
			return errors.New(said.Error)
		case said.ID == traceID:
			rest = lines(rest+trace(said.Aux, told), log)
		case said.Stream != "":
			rest = lines(rest+said.Stream, log)
		case said.Status != "" && said.Progress == "":
			log(strings.TrimPrefix(said.ID+": ", ": ") + said.Status + "\n")
		}
	}
}

// lines logs the complete lines of text, and returns what comes after the last of them.
func lines(text string, log func(string)) string {
	for {
		line, rest, complete := strings.Cut(text, "\n")
		if !complete {
			return text
		}
		if strings.TrimSpace(line) != "" {
			log(line + "\n")
		}
		text = rest
	}
}

// PruneImages deletes the images that no container uses.
func (c *Client) PruneImages(ctx context.Context) error {
	filters := url.Values{"filters": {`{"dangling":["false"]}`}}
	response, err := c.call(ctx, http.MethodPost, "/images/prune", filters, nil, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
