package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// Where Kubernetes mounts a pod's credentials.
const accountDir = "/var/run/secrets/kubernetes.io/serviceaccount"

// Client talks to the API server about the pods of one namespace.
type Client struct {
	Namespace string
	base      string
	http      *http.Client
	token     func() string
}

// New returns a client of the API server at base that needs no credentials (tests).
func New(base, namespace string) *Client {
	return &Client{Namespace: namespace, base: base, http: http.DefaultClient, token: func() string { return "" }}
}

// InCluster returns a client with the credentials of the pod it runs in.
func InCluster() (*Client, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" {
		return nil, errors.New("not in a cluster: KUBERNETES_SERVICE_HOST is not set")
	}
	ca, err := os.ReadFile(accountDir + "/ca.crt")
	if err != nil {
		return nil, err
	}
	namespace, err := os.ReadFile(accountDir + "/namespace")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return &Client{
		Namespace: strings.TrimSpace(string(namespace)),
		base:      fmt.Sprintf("https://%s:%s", host, port),
		http:      &http.Client{Transport: transport},
		// Read anew each time: the kubelet rotates it.
		token: func() string { t, _ := os.ReadFile(accountDir + "/token"); return strings.TrimSpace(string(t)) },
	}, nil
}

func (c *Client) call(ctx context.Context, method, path string, query url.Values, body any) (*http.Response, error) {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(data)
	}
	address := c.base + "/api/v1/namespaces/" + c.Namespace + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if token := c.token(); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		defer response.Body.Close()
		return nil, statusError(response)
	}
	return response, nil
}

func statusError(response *http.Response) error {
	var status struct{ Message string }
	data, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if json.Unmarshal(data, &status) != nil || status.Message == "" {
		status.Message = string(data)
	}
	return &StatusError{Code: response.StatusCode, Message: status.Message}
}

func (c *Client) get(ctx context.Context, path string, query url.Values, into any) error {
	response, err := c.call(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(into)
}

// IsStatus reports that err is the API server's answer with this code.
func IsStatus(err error, code int) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == code
}

// Logs opens the log of a pod; tail limits it to its last lines (0: all of it).
func (c *Client) Logs(ctx context.Context, pod string, follow bool, tail int) (io.ReadCloser, error) {
	query := url.Values{"follow": {strconv.FormatBool(follow)}}
	if tail > 0 {
		query.Set("tailLines", strconv.Itoa(tail))
	}
	response, err := c.call(ctx, http.MethodGet, "/pods/"+pod+"/log", query, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}
