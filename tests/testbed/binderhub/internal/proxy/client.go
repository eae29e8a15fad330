package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Client uses a proxy's API.
type Client struct{ URL, Token string }

// Entry is what the API tells of a route.
type Entry struct {
	Target       string    `json:"target"`
	LastActivity time.Time `json:"last_activity"`
}

func (c *Client) call(ctx context.Context, method, prefix string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	data, _ := json.Marshal(body)
	request, err := http.NewRequestWithContext(ctx, method, c.URL+"/api/routes"+prefix, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "token "+c.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		return fmt.Errorf("proxy: %s %s: HTTP %d %s", method, prefix, response.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// Routes lists the table.
func (c *Client) Routes(ctx context.Context) (map[string]Entry, error) {
	var all map[string]Entry
	err := c.call(ctx, http.MethodGet, "", nil, &all)
	return all, err
}

// Add sets a route.
func (c *Client) Add(ctx context.Context, prefix, target string) error {
	return c.call(ctx, http.MethodPost, prefix, map[string]string{"target": target}, nil)
}

// Delete removes a route.
func (c *Client) Delete(ctx context.Context, prefix string) error {
	return c.call(ctx, http.MethodDelete, prefix, nil, nil)
}
