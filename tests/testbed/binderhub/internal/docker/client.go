// Package docker is the little of the Docker Engine's API that a build needs, over its unix socket.
package docker

import (
	"context"
	"encoding/json"
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

// PruneImages deletes the images that no container uses.
func (c *Client) PruneImages(ctx context.Context) error {
	filters := url.Values{"filters": {`{"dangling":["false"]}`}}
	response, err := c.call(ctx, http.MethodPost, "/images/prune", filters, nil, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
